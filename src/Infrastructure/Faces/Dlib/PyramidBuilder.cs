namespace FaceId.Infrastructure.Faces.Dlib;

/// <summary>Fills a plane with the levels of its layout.</summary>
/// <remarks>
/// Levels above the first one of the layout are only passed through: two rows of each are kept, so that a scan of the small levels of a
/// large photo needs no memory for the large ones.
/// </remarks>
internal sealed unsafe class PyramidBuilder : IDisposable
{
    private readonly NativeBuffer<float> _plane = new();
    private readonly NativeBuffer<float> _rows = new();
    private readonly NativeBuffer<PyramidPlane.Column> _columns = new();
    private Passed[] _passed = [];

    /// <summary>The plane: layout height x width x 4 floats. Valid until the next call.</summary>
    public float* Fill(PixelView image, PixelMeans means, PyramidLayout layout)
    {
        var stride = layout.Width * PyramidPlane.Channels;
        var plane = _plane.Take((long)stride * layout.Height);
        Clear(plane, (long)stride * layout.Height);

        var first = layout.Levels[0];
        if (layout.FirstLevel == 0)
        {
            PyramidPlane.Normalise(image, means, At(plane, stride, first), stride);
        }
        else
        {
            PassThrough(image, means, layout.FirstLevel, At(plane, stride, first), stride);
        }

        var columns = _columns.Take(first.Width);
        for (var i = 1; i < layout.Levels.Count; i++)
        {
            var (from, to) = (layout.Levels[i - 1], layout.Levels[i]);
            PyramidPlane.Reduce(
                At(plane, stride, from), from.Width, from.Height, At(plane, stride, to), to.Width, to.Height, stride, columns);
        }

        return plane;
    }

    public void TrimTo(long bytes) => _plane.TrimTo(bytes);

    public void Dispose()
    {
        _plane.Dispose();
        _rows.Dispose();
        _columns.Dispose();
    }

    private static float* At(float* plane, int stride, Rectangle level) => plane + (long)level.Top * stride + level.Left * PyramidPlane.Channels;

    private static void Clear(float* memory, long count)
    {
        const int Piece = 1 << 28;
        for (; count > 0; count -= Piece, memory += Piece)
        {
            new Span<float>(memory, (int)Math.Min(count, Piece)).Clear();
        }
    }

    /// <summary>Computes one level row by row from the image, through all levels between them.</summary>
    private void PassThrough(PixelView image, PixelMeans means, int level, float* to, int stride)
    {
        Prepare(image, level);
        var rowLengths = 0;
        foreach (var passed in _passed.AsSpan(0, level))
        {
            rowLengths += 2 * passed.Width * PyramidPlane.Channels;
        }

        var rows = _rows.Take(rowLengths);
        foreach (ref var passed in _passed.AsSpan(0, level))
        {
            passed.Rows = rows;
            rows += 2 * passed.Width * PyramidPlane.Channels;
        }

        ref var last = ref _passed[level];
        for (var y = 0; y < last.Height; y++)
        {
            ReduceInto(image, means, level, to + (long)y * stride);
        }
    }

    /// <summary>Makes the next row of a level that is passed through and keeps it beside the one before.</summary>
    private void NextRow(PixelView image, PixelMeans means, int level)
    {
        ref var passed = ref _passed[level];
        var row = passed.Rows + passed.Next % 2 * passed.Width * PyramidPlane.Channels;
        if (level == 0)
        {
            PyramidPlane.Normalise(new PixelView(image.Row(passed.Next), image.Width, 1), means, row, 0);
        }
        else
        {
            ReduceInto(image, means, level, row);
        }

        passed.Next++;
    }

    private void ReduceInto(PixelView image, PixelMeans means, int level, float* to)
    {
        ref var target = ref _passed[level];
        ref var source = ref _passed[level - 1];
        target.Position += target.Scale;
        var top = (int)Math.Floor(target.Position);
        var bottom = Math.Min(top + 1, source.Height - 1);
        while (source.Next <= bottom)
        {
            NextRow(image, means, level - 1);
        }

        var length = source.Width * PyramidPlane.Channels;
        PyramidPlane.ReduceRow(
            source.Rows + top % 2 * length, source.Rows + bottom % 2 * length, (float)(target.Position - top), to, target.Width, target.Columns);
    }

    private void Prepare(PixelView image, int level)
    {
        if (_passed.Length <= level)
        {
            _passed = new Passed[level + 1];
        }

        var (width, height) = (image.Width, image.Height);
        var total = 0;
        for (var i = 0; i <= level; i++)
        {
            _passed[i] = new Passed { Width = width, Height = height };
            total += width;
            (width, height) = PyramidLayout.NextSize(width, height);
        }

        var columns = _columns.Take(total);
        for (var i = 1; i <= level; i++)
        {
            ref var passed = ref _passed[i];
            passed.Columns = columns;
            passed.Scale = PyramidPlane.RowScale(_passed[i - 1].Height, passed.Height);
            passed.Position = -passed.Scale;
            PyramidPlane.FillColumns(_passed[i - 1].Width, passed.Width, columns);
            columns += passed.Width;
        }
    }

    /// <summary>A level that is computed row by row.</summary>
    private struct Passed
    {
        public int Width;
        public int Height;

        /// <summary>Index of the next row to make.</summary>
        public int Next;

        /// <summary>Place of the last made row in the level before.</summary>
        public double Position;
        public double Scale;
        public PyramidPlane.Column* Columns;

        /// <summary>Two rows: even and odd.</summary>
        public float* Rows;
    }
}
