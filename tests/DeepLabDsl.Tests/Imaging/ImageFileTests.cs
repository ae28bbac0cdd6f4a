using System;
using System.IO;
using System.Linq;
using CsCheck;
using DeepLabDsl.Errors;
using DeepLabDsl.Cli.Demo;
using DeepLabDsl.IO;
using DeepLabDsl.Imaging;

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
        var message = Assert.Throws<UnusableDataException>(() => ImageFile.ReadRgb("/nowhere/street.jpg")).Message;
        Assert.Equal("/nowhere/street.jpg: there is no such image. Check the name and its extension.", message);
    }

    [Fact]
    public void A_file_that_is_no_image_is_refused()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("street.jpg", "hello"u8.ToArray());
        var message = Assert.Throws<UnusableDataException>(() => ImageFile.ReadRgb(path)).Message;
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
        var message = Assert.Throws<UnusableDataException>(() => ImageFile.ReadRgb(path)).Message;
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
        Assert.Contains("damaged or cut off", Assert.Throws<UnusableDataException>(() => ImageFile.ReadRgb(path)).Message);
    }

    [Fact]
    public void A_write_that_fails_leaves_nothing_behind()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("taken", "image.png");
        Directory.CreateDirectory(path);
        var message = Assert.Throws<UnusableDataException>(() => ImageFile.WritePng(path, new RgbImage(1, 1))).Message;
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

    [Theory]
    [InlineData(1, 1, "1/1/1 2/2/2")]
    [InlineData(1, 0, "254/254/254 253/253/253")]
    [InlineData(2, 1, "1/1/1 3/3/3")]
    [InlineData(3, 2, "1/2/3 4/5/6")]
    [InlineData(3, 1, "1/2/3 4/5/6")]
    [InlineData(4, 2, "1/2/3 5/6/7")]
    public void A_TIFF_of_8_bits_is_a_picture(int channels, int photometric, string pixels)
    {
        using var folder = new TemporaryFolder();
        var values = Enumerable.Range(1, 2 * channels).Select(v => (byte)v).ToArray();
        var path = folder.Write("a.tif", Data.TiffBuilder.BuildBytes(2, 1, channels, values, photometric));
        var image = ImageFile.ReadRgb(path);
        Assert.Equal(pixels, string.Join(' ', image.Pixels.Chunk(3).Select(p => string.Join('/', p))));
    }

    [Fact]
    public void A_TIFF_that_is_no_picture_is_told_how_it_is_read()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("a.tif", Data.TiffBuilder.Build(2, 1, 5, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], planar: false));
        Assert.Equal(
            $"{path}: this TIFF has 5 channels of 16 bits (UINT). A picture has 1 or 3 of 8 or 16 bits; to read this one say 'input: "
            + $"{{ channels: 5 }}' in the dataset file, and in the network's spec.",
            Assert.Throws<UnusableDataException>(() => ImageFile.ReadRgb(path)).Message);
    }

    [Fact]
    public void A_TIFF_with_any_byte_of_its_directory_changed_is_read_or_refused()
    {
        using var folder = new TemporaryFolder();
        var whole = Data.TiffBuilder.BuildBytes(4, 3, 3, new byte[36], photometric: 2);
        for (var at = 0; at < whole.Length; at++)
        {
            foreach (var value in new byte[] { 0, 1, 0x7F, 0xFF })
            {
                var damaged = whole.ToArray();
                damaged[at] = value;
                Try(() => ImageFile.ReadRgb(damaged, "a.tif", PictureOrientation.Apply));
                Try(() => TiffFile.Read(damaged, "a.tif"));
            }
        }

        static void Try(Action read)
        {
            try
            {
                read();
            }
            catch (UnusableDataException fault)
            {
                Assert.StartsWith("a.tif: ", fault.Message);
            }
        }
    }

    [Theory]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 2), }", "has a shape that makes no sense")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 2), }", "has a shape that makes no sense")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999, 2), }", "has a shape that makes no sense")]
    [InlineData(
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4000000000, 4000000000, 4000000000, 4000000000, 4000000000), }",
        "needs more; it is cut short")]
    [InlineData(
        "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 4000000000), }", "8 bytes of data where its shape [0, 4000000000] needs 0")]
    [InlineData("{'descr': '<\u001b[31m', 'fortran_order': False, 'shape': (1, 2), }", "elements of type '<?[31m' are not read")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 4000000000, 4000000000), }", "has a shape that makes no sense")]
    [InlineData("nonsense\u0007", "header is not understood: nonsense?")]
    public void An_array_whose_header_makes_no_sense_is_refused(string header, string fault)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write(
            "a.npy",
            [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. System.Text.Encoding.Latin1.GetBytes(header), 1, 2, 3, 4, 5, 6, 7, 8]);
        var message = Assert.Throws<UnusableDataException>(() => NpyFile.Read(path)).Message;
        Assert.StartsWith($"{path}: ", message);
        Assert.Contains(fault, message);
    }

    /// <summary>A decoder would take the memory of all of it, and fill what it does not find with black.</summary>
    [Theory]
    [InlineData("jpg", SkiaSharp.SKEncodedImageFormat.Jpeg)]
    [InlineData("png", SkiaSharp.SKEncodedImageFormat.Png)]
    public void A_picture_that_its_bytes_cannot_hold_is_refused_without_room_for_it(string extension, SkiaSharp.SKEncodedImageFormat format)
    {
        using var folder = new TemporaryFolder();
        using var bitmap = new SkiaSharp.SKBitmap(8, 8);
        using var data = bitmap.Encode(format, 90);
        var bytes = data.ToArray();
        // Height and width: in the frame of a JPEG, and in the first chunk of a PNG, whose checksum follows.
        if (format == SkiaSharp.SKEncodedImageFormat.Jpeg)
        {
            var frame = bytes.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]);
            bytes.AsSpan(frame + 5, 4).Fill(0x60);
        }
        else
        {
            (bytes[18], bytes[22]) = (0x60, 0x60);
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(29), PngCrc.Of(bytes.AsSpan(12, 17)));
        }
        var path = folder.Write($"a.{extension}", bytes);

        Assert.StartsWith($"{path}: the image says that it is ",
            Assert.Throws<UnusableDataException>(() => ImageFile.ReadRgb(path)).Message);
    }

    [Fact]
    public void A_label_map_that_its_bytes_cannot_hold_is_refused_without_room_for_it()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("a.png", PngBuilder.Assemble(PngBuilder.Header(30000, 30000, 8, 0), [],
            PngBuilder.Compress(new byte[100])));

        Assert.Contains("30000x30000, which ", Assert.Throws<UnusableDataException>(() => ImageFile.ReadLabels(path)).Message);
    }

    [Fact]
    public void A_full_disk_is_no_matter_of_permissions()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a.txt");
        var message = Assert.Throws<UnusableDataException>(() =>
            AtomicFile.Write(path, _ => throw new IOException("No space left on device", 28))).Message;

        Assert.Equal($"{path}: cannot be written: No space left on device. Make room there, or name a folder on another disk.", message);
    }

    [Fact]
    public void An_array_whose_header_has_no_end_is_refused_without_room_for_it()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("a.npy", [0x93, .. "NUMPY"u8, 2, 0, 0xFF, 0xFF, 0xFF, 0xFF]);
        Assert.Contains(
            "its .npy header says that it has 4294967295 bytes", Assert.Throws<UnusableDataException>(() => NpyFile.Read(path)).Message);
    }

    [Fact]
    public void An_empty_file_a_pipe_and_a_device_are_no_images()
    {
        using var folder = new TemporaryFolder();
        var empty = folder.Write("empty.png", []);
        var paths = new[] { empty, "/dev/zero", folder.File("pipe.png") }.ToList();
        if (OperatingSystem.IsWindows() || System.Diagnostics.Process.Start("mkfifo", [paths[2]]) is not { } made)
            paths = [empty];
        else
            made.WaitForExit();
        foreach (var path in paths)
        {
            Assert.Equal(
                $"{path}: the image is empty, or no file but a pipe or a device. Name a file.",
                Assert.Throws<UnusableDataException>(() => ImageFile.ReadRgb(path)).Message);
        }
    }

    [Theory]
    [InlineData("ftypheic", "this is a HEIC picture, which is not read. Expected JPEG")]
    [InlineData("ftypavif", "this is a AVIF picture")]
    public void A_telephone_s_format_is_named(string brand, string said)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("a.jpg", [0, 0, 0, 24, .. System.Text.Encoding.ASCII.GetBytes(brand), 0, 0, 0, 0, 0, 0, 0, 0]);
        Assert.Contains(said.Replace("a AVIF", "an AVIF"), Assert.Throws<UnusableDataException>(() => ImageFile.ReadRgb(path)).Message);
    }

    [Fact]
    public void A_name_as_long_as_a_name_can_be_is_written()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File(new string('n', 251) + ".png");
        ImageFile.WritePng(path, new RgbImage(1, 1));
        Assert.True(System.IO.File.Exists(path));
        Assert.Contains(
            "Its name is longer than the file system takes",
            Assert.Throws<UnusableDataException>(() => ImageFile.WritePng(path + "x", new RgbImage(1, 1))).Message);
    }

    [Fact]
    public void A_result_of_a_prediction_is_told_from_an_image()
    {
        using var folder = new TemporaryFolder();
        var image = new RgbImage(2, 1, [1, 2, 3, 4, 5, 6]);
        ImageFile.WriteResult(folder.File("gone_mask.png"), image);
        ImageFile.WriteResult(folder.File("gone_index.png"), new LabelMap(2, 1, [1, 0]), DemoScenes.Classes);
        foreach (var name in new[] { "street_mask.png", "street.png", "street_mask_overlay.png", "old_mask.png", "old_overlay.png",
            "beach_mask.png", "my_index.png", "_mask.png" })
            ImageFile.WritePng(folder.File(name), image);
        folder.Write("beach.JPG", [1]);

        Assert.Equal(
            ["beach_mask.png", "gone_index.png", "gone_mask.png", "old_mask.png", "old_overlay.png", "street_mask.png",
            "street_mask_overlay.png"],
            Directory.GetFiles(folder.Path).Where(PredictionFile.IsResult).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        // They are pictures all the same.
        Assert.Equal(image.Pixels, ImageFile.ReadRgb(folder.File("gone_mask.png")).Pixels);
        Assert.Equal([1, 0], ImageFile.ReadLabels(folder.File("gone_index.png")).Indices);
    }
}
