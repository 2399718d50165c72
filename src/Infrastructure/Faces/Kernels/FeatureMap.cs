namespace FaceId.Infrastructure.Faces.Kernels;

/// <summary>What flows between two layers: rows x columns x channels of floats, with a margin of zeros around it.</summary>
/// <remarks>
/// Channels are the fastest index and a multiple of eight (four for pixels). The margin lets kernels read past the edges, both for the
/// padding of a convolution and because they work on whole tiles. Memory belongs to the buffer given.
/// </remarks>
internal readonly unsafe struct FeatureMap
{
    private readonly float* _memory;
    private readonly int _rowsAbove;
    private readonly int _rowsBelow;
    private readonly int _columnsBefore;

    /// <param name="before">Rows above and columns to the left in the margin.</param>
    /// <param name="after">Rows below and columns to the right in the margin.</param>
    public FeatureMap(NativeBuffer<float> buffer, int height, int width, int channels, int before, int after)
    {
        Height = height;
        Width = width;
        Channels = channels;
        _rowsAbove = _columnsBefore = before;
        _rowsBelow = after;
        RowStep = (before + width + after) * channels;
        _memory = buffer.Take((long)RowStep * (before + height + after));
    }

    private FeatureMap(in FeatureMap whole, int row, int height, int width)
    {
        this = whole;
        _memory = whole._memory + (long)row * RowStep;
        Height = height;
        Width = width;
    }

    public int Height { get; }

    public int Width { get; }

    public int Channels { get; }

    /// <summary>Floats from one row to the next.</summary>
    public int RowStep { get; }

    /// <summary>The first channel of a pixel; rows and columns may lie in the margin.</summary>
    public float* At(int row, int column) => _memory + (long)(row + _rowsAbove) * RowStep + (column + _columnsBefore) * Channels;

    /// <summary>The upper left part of this map, in the same memory.</summary>
    public FeatureMap Part(int height, int width) => new(this, 0, height, width);

    /// <summary>Some rows of this map, in the same memory.</summary>
    public FeatureMap Rows(int first, int count) => new(this, first, count, Width);

    /// <summary>Sets the margin to zero; the inside is left as it is.</summary>
    public void ClearMargin()
    {
        Clear(_memory, (long)_rowsAbove * RowStep);
        Clear(At(Height, -_columnsBefore), (long)_rowsBelow * RowStep);
        var left = _columnsBefore * Channels;
        var right = RowStep - left - Width * Channels;
        // The right margin of one row and the left margin of the next are neighbours.
        Clear(At(0, -_columnsBefore), left);
        for (var row = 0; row < Height - 1; row++)
        {
            Clear(At(row, Width), right + left);
        }

        Clear(At(Height - 1, Width), right);
    }

    private static void Clear(float* from, long count) => new Span<float>(from, checked((int)count)).Clear();
}
