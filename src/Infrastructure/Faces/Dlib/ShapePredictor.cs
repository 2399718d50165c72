using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FaceId.Infrastructure.Faces.Dlib;

/// <summary>Finds dlib's five points of a face by a cascade of regression trees.</summary>
/// <remarks>
/// Ported from dlib/image_processing/shape_predictor.h ("One Millisecond Face Alignment with an Ensemble of Regression Trees").
/// All trees lie in three flat arrays, so that a tree costs four comparisons and one sum of ten numbers.
/// </remarks>
internal sealed class ShapePredictor
{
    public const int Points = 5;

    private const int Coordinates = 2 * Points;

    private readonly float[] _initialShape;
    private readonly Cascade[] _cascades;
    private readonly Split[] _splits;
    private readonly float[] _leaves;
    private readonly int _splitsPerTree;

    private ShapePredictor(float[] initialShape, Cascade[] cascades, Split[] splits, float[] leaves, int splitsPerTree)
    {
        _initialShape = initialShape;
        _cascades = cascades;
        _splits = splits;
        _leaves = leaves;
        _splitsPerTree = splitsPerTree;
        FeatureCount = cascades.Max(cascade => cascade.Anchors.Length);
    }

    /// <summary>How many pixels one step of the cascade looks at.</summary>
    public int FeatureCount { get; }

    public static ShapePredictor Read(ReadOnlySpan<byte> file)
    {
        var reader = new DlibReader(file);
        reader.ExpectVersion("the shape predictor", 1, 1);
        var initialShape = reader.ReadMatrix();
        if (initialShape.Length != Coordinates)
        {
            throw new InvalidDataException($"The shape predictor has {initialShape.Length / 2} points; {Points} are needed.");
        }

        var cascades = new Cascade[reader.ReadCount()];
        var splits = new List<Split>();
        var leaves = new List<float>();
        var trees = new int[cascades.Length];
        var splitsPerTree = 0;
        for (var i = 0; i < cascades.Length; i++)
        {
            trees[i] = reader.ReadCount();
            for (var tree = 0; tree < trees[i]; tree++)
            {
                var count = reader.ReadCount();
                splitsPerTree = splitsPerTree == 0 ? count : splitsPerTree;
                if (count != splitsPerTree || !int.IsPow2(count + 1))
                {
                    throw new InvalidDataException("The shape predictor's trees are not full trees of one depth.");
                }

                for (var split = 0; split < count; split++)
                {
                    splits.Add(new Split(checked((ushort)reader.ReadInteger()), checked((ushort)reader.ReadInteger()), reader.ReadSingle()));
                }

                for (var leaf = reader.ReadCount(); leaf > 0; leaf--)
                {
                    leaves.AddRange(reader.ReadMatrix());
                }
            }
        }

        ReadAnchors(ref reader, cascades, trees);
        if (leaves.Count != (splits.Count + trees.Sum()) * Coordinates)
        {
            throw new InvalidDataException("The shape predictor's leaves do not fit its trees.");
        }

        var features = cascades.Min(cascade => cascade.Anchors.Length);
        if (splits.Exists(split => split.First >= features || split.Second >= features))
        {
            throw new InvalidDataException("The shape predictor's trees ask for pixels that it does not name.");
        }

        return new ShapePredictor(initialShape, cascades, [.. splits], [.. leaves], splitsPerTree);
    }

    /// <summary>Finds the points of the face in a box.</summary>
    /// <param name="box">The detector's rectangle; may reach past the image.</param>
    /// <param name="points">Receives the points in pixels, not rounded.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Predict(PixelView image, Rectangle box, Span<PointD> points)
    {
        Span<float> shape = stackalloc float[Coordinates];
        Span<byte> features = stackalloc byte[FeatureCount];
        _initialShape.CopyTo(shape);
        double width = box.Right - box.Left;
        double height = box.Bottom - box.Top;
        var split = 0;
        var leaf = 0;
        foreach (var cascade in _cascades)
        {
            ReadFeatures(image, box, shape, cascade, features);
            for (var tree = 0; tree < cascade.Trees; tree++)
            {
                AddLeaf(features, _splits.AsSpan(split, _splitsPerTree), _leaves.AsSpan(leaf), shape);
                split += _splitsPerTree;
                leaf += (_splitsPerTree + 1) * Coordinates;
            }
        }

        for (var i = 0; i < Points; i++)
        {
            points[i] = new PointD(shape[2 * i] * width + box.Left, shape[2 * i + 1] * height + box.Top);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddLeaf(ReadOnlySpan<byte> features, ReadOnlySpan<Split> tree, ReadOnlySpan<float> leaves, Span<float> shape)
    {
        var node = 0;
        while (node < tree.Length)
        {
            ref readonly var split = ref tree[node];
            float difference = features[split.First] - features[split.Second];
            node = 2 * node + (difference > split.Threshold ? 1 : 2);
        }

        var leaf = leaves.Slice((node - tree.Length) * Coordinates, Coordinates);
        for (var i = 0; i < Coordinates; i++)
        {
            shape[i] += leaf[i];
        }
    }

    /// <summary>The grey values of the pixels that belong to the current shape; 0 outside the image.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe void ReadFeatures(PixelView image, Rectangle box, ReadOnlySpan<float> shape, Cascade cascade, Span<byte> features)
    {
        var (a, b) = SimilarityTransform.Between(_initialShape, shape);
        // dlib goes on in single precision from here to the place within the box.
        float cosine = (float)a, sine = (float)b;
        double width = box.Right - box.Left;
        double height = box.Bottom - box.Top;
        for (var i = 0; i < cascade.Anchors.Length; i++)
        {
            var anchor = 2 * cascade.Anchors[i];
            var (dx, dy) = cascade.Deltas[i];
            var x = PointD.Round((cosine * dx - sine * dy + shape[anchor]) * width + box.Left);
            var y = PointD.Round((sine * dx + cosine * dy + shape[anchor + 1]) * height + box.Top);
            if ((uint)x < (uint)image.Width && (uint)y < (uint)image.Height)
            {
                var pixel = image.Row(y) + x * PixelView.BytesPerPixel;
                features[i] = (byte)((pixel[0] + pixel[1] + pixel[2]) / 3);
            }
            else
            {
                features[i] = 0;
            }
        }
    }

    private static void ReadAnchors(ref DlibReader reader, Cascade[] cascades, int[] trees)
    {
        if (reader.ReadCount() != cascades.Length)
        {
            throw new InvalidDataException("The shape predictor's steps and pixels differ in number.");
        }

        var anchors = new byte[cascades.Length][];
        for (var i = 0; i < cascades.Length; i++)
        {
            anchors[i] = new byte[reader.ReadCount()];
            for (var j = 0; j < anchors[i].Length; j++)
            {
                anchors[i][j] = checked((byte)reader.ReadInteger());
                if (anchors[i][j] >= Points)
                {
                    throw new InvalidDataException("The shape predictor names a point that it does not have.");
                }
            }
        }

        if (reader.ReadCount() != cascades.Length)
        {
            throw new InvalidDataException("The shape predictor's steps and offsets differ in number.");
        }

        for (var i = 0; i < cascades.Length; i++)
        {
            var deltas = new (float X, float Y)[reader.ReadCount()];
            foreach (ref var delta in deltas.AsSpan())
            {
                delta = (reader.ReadSingle(), reader.ReadSingle());
            }

            if (deltas.Length != anchors[i].Length)
            {
                throw new InvalidDataException("The shape predictor's pixels and offsets differ in number.");
            }

            cascades[i] = new Cascade(trees[i], anchors[i], deltas);
        }
    }

    /// <summary>One step: how many trees it has and which pixels they compare, each as an offset from a point.</summary>
    private sealed record Cascade(int Trees, byte[] Anchors, (float X, float Y)[] Deltas);

    /// <summary>Goes to the first child where pixel First − pixel Second is above the threshold, to the second otherwise.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Split(ushort First, ushort Second, float Threshold);
}
