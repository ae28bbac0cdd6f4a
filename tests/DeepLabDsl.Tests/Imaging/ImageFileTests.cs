using System.IO;
using CsCheck;
using DeepLabDsl.Host.Demo;

namespace DeepLabDsl.Tests.Imaging;

public sealed class ImageFileTests
{
    [Fact]
    public void An_image_written_as_png_is_read_back_unchanged()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("image.png");
        Gen.Byte.Array[13 * 7 * 3].Sample(pixels =>
        {
            ImageFile.WritePng(path, new RgbImage(13, 7, pixels));
            var image = ImageFile.ReadRgb(path);
            Assert.Equal((13, 7), (image.Width, image.Height));
            Assert.Equal(pixels, image.Pixels);
        }, iter: 20, threads: 1);
    }

    [Fact]
    public void A_missing_image_is_named()
    {
        var message = Assert.Throws<DataException>(() => ImageFile.ReadRgb("/nowhere/street.jpg")).Message;
        Assert.Equal("/nowhere/street.jpg: there is no such image. Check the name and its extension.", message);
    }

    [Fact]
    public void A_file_that_is_no_image_is_refused()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("street.jpg", "hello"u8.ToArray());
        var message = Assert.Throws<DataException>(() => ImageFile.ReadRgb(path)).Message;
        Assert.StartsWith($"{path}: this is not an image that can be read. Expected JPEG, PNG", message);
    }

    [Fact]
    public void An_image_that_was_cut_off_is_refused_instead_of_filled_with_grey()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("scene.png");
        ImageFile.WritePng(path, DemoScenes.Draw(1).Image);
        var bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..(bytes.Length / 2)]);
        var message = Assert.Throws<DataException>(() => ImageFile.ReadRgb(path)).Message;
        Assert.Contains("the image of 192x144 is damaged or cut off", message);
        Assert.Contains("Copy or download the file again", message);
    }

    [SkippableFact]
    public void A_jpeg_that_was_cut_off_is_refused_instead_of_filled_with_grey()
    {
        var source = Path.Combine(RealData.Require("voc-sample"), "JPEGImages", "2011_000003.jpg");
        using var folder = new TemporaryFolder();
        var bytes = File.ReadAllBytes(source);
        var path = folder.Write("cut.jpg", bytes[..(bytes.Length / 2)]);
        Assert.Equal(500, ImageFile.ReadRgb(source).Width);
        Assert.Contains("damaged or cut off", Assert.Throws<DataException>(() => ImageFile.ReadRgb(path)).Message);
    }

    [Fact]
    public void A_write_that_fails_leaves_nothing_behind()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("taken", "image.png");
        Directory.CreateDirectory(path);
        var message = Assert.Throws<DataException>(() => ImageFile.WritePng(path, new RgbImage(1, 1))).Message;
        Assert.StartsWith(path + ": cannot be written", message);
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public void A_colour_PNG_is_decoded_to_the_samples_that_the_general_decoder_gives()
    {
        // Written with the filters that suit each row, of three bytes a pixel.
        using var folder = new TemporaryFolder();
        var image = DemoScenes.Draw(3).Image;
        ImageFile.WritePng(folder.File("x.png"), image);
        var reader = new PngReader(System.IO.File.ReadAllBytes(folder.File("x.png")), "x.png", "image");
        var samples = reader.DecodeSamples();
        Assert.Equal(image.Pixels.Length / 3 * reader.Header.Channels, samples.Length);
        for (var i = 0; i < image.Pixels.Length; i++)
            Assert.Equal(image.Pixels[i], samples[i / 3 * reader.Header.Channels + i % 3]);
    }
}
