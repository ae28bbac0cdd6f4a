using System;
using System.Collections.Generic;
using DeepLabDsl.Errors;
using DeepLabDsl.Imaging;
using DeepLabDsl.Inference;
using DeepLabDsl.Networks;

namespace DeepLabDsl;

/// <summary>What adds networks of one's own to <see cref="Segmenter"/>: they read as its own methods, <c>Segmenter.Load(…)</c>.</summary>
public static class SegmenterNetworks
{
    extension(Segmenter)
    {
        /// <summary>Loads weights of a network, whatever their file says.</summary>
        /// <param name="path">
        /// A file of weights, also a publisher's (PyTorch, TensorFlow, Keras, Caffe), or the folder of a run.
        /// </param>
        /// <param name="network">The network, such as <c>DeepLabV3ResNet50.Descriptor</c>.</param>
        /// <param name="options">How it works; null: as the network's spec says.</param>
        /// <exception cref="DeepLabDslException">The file can't be read, or is of another network; the message names it.</exception>
        /// <exception cref="SetupException">The device is not there.</exception>
        /// <exception cref="ArgumentException">An option is out of its range.</exception>
        public static Segmenter Load(string path, NetworkDescriptor network, SegmenterOptions? options = null)
        {
            ArgumentNullException.ThrowIfNull(network);
            return Segmenter.Load(path, [network], options);
        }

        /// <summary>Loads weights of one of several networks: their file says of which.</summary>
        /// <param name="path">The folder of a run, or a file of weights that a training wrote.</param>
        /// <param name="networks">The networks, such as <c>NetworkCatalog.All</c> of a project's own.</param>
        /// <param name="options">How it works; null: as the network's spec says.</param>
        /// <exception cref="DeepLabDslException">
        /// The file can't be read, or is of none of the networks; the message names it.
        /// </exception>
        /// <exception cref="SetupException">The device is not there.</exception>
        /// <exception cref="ArgumentException">An option is out of its range.</exception>
        public static Segmenter Load(string path, IEnumerable<NetworkDescriptor> networks, SegmenterOptions? options = null)
        {
            ArgumentException.ThrowIfNullOrEmpty(path);
            ArgumentNullException.ThrowIfNull(networks);
            options ??= new SegmenterOptions();
            options.Validate();
            return new Segmenter(TorchEngine.Open(path, networks as IReadOnlyList<NetworkDescriptor> ?? [.. networks], options), options);
        }

        /// <summary>Takes a network that is in memory, as after a training.</summary>
        /// <param name="network">The network; it stays the caller's, and must not be trained while it is used.</param>
        /// <param name="classes">The classes with their colours.</param>
        /// <param name="normalizer">Mean and std of the images that it was trained on; null: the network's own.</param>
        /// <param name="options">How it works; null: as the network's spec says.</param>
        /// <exception cref="SetupException">The device is not there.</exception>
        /// <exception cref="ArgumentException">The classes are not as many as the network's, or an option is out of its range.</exception>
        public static Segmenter Of(
            SegmentationNetwork network, ClassSet classes, ImageNormalizer? normalizer = null, SegmenterOptions? options = null)
        {
            ArgumentNullException.ThrowIfNull(network);
            ArgumentNullException.ThrowIfNull(classes);
            options ??= new SegmenterOptions();
            options.Validate();
            return new Segmenter(TorchEngine.Of(network, classes, normalizer, options), options);
        }
    }
}
