namespace FaceId.Infrastructure.Faces.Kernels;

/// <summary>Some rows of a map that is made from the top down and read only once: those not read yet.</summary>
/// <remarks>So a map far larger than the processor's cache is read while it is still there, and never takes its whole memory.</remarks>
internal sealed unsafe class MapStrip
{
    private readonly FeatureMap _kept;
    private readonly int _marginBelow;
    private int _first;

    /// <param name="height">Rows of the map.</param>
    /// <param name="rows">How many rows are kept at most.</param>
    /// <param name="margin">Zeros below the last row and right of the last column.</param>
    public MapStrip(NativeBuffer<float> buffer, int height, int width, int channels, int rows, int margin)
    {
        Height = height;
        _marginBelow = margin;
        _kept = new FeatureMap(buffer, Math.Min(rows, height), width, channels, 0, margin);
        _kept.ClearMargin();
    }

    public int Height { get; }

    /// <summary>Rows made so far.</summary>
    public int Made { get; private set; }

    /// <summary>Room for the next rows.</summary>
    /// <exception cref="InvalidOperationException">There is no room for them: too few rows were forgotten.</exception>
    public FeatureMap Next(int rows) =>
        Made - _first + rows <= _kept.Height
            ? _kept.Rows(Made - _first, rows)
            : throw new InvalidOperationException($"A strip of {_kept.Height} rows has no room for {rows} more.");

    /// <summary>Says that the next rows have been written.</summary>
    public void Add(int rows)
    {
        Made += rows;
        if (Made == Height)
        {
            var below = _kept.Rows(Made - _first, _marginBelow);
            new Span<float>(below.At(0, 0), _marginBelow * below.RowStep).Clear();
        }
    }

    /// <summary>The map from a row on.</summary>
    public FeatureMap From(int row) => _kept.Rows(row - _first, Made - row);

    /// <summary>Forgets the rows before one that has not been forgotten yet.</summary>
    public void DropBefore(int row)
    {
        var left = From(row);
        Buffer.MemoryCopy(left.At(0, 0), _kept.At(0, 0), long.MaxValue, (long)left.Height * left.RowStep * sizeof(float));
        _first = row;
    }
}
