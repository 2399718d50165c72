using System.Buffers;

namespace FaceId.Infrastructure.Search;

/// <summary>All faces in memory, and an exact search for the nearest.</summary>
/// <remarks>
/// <para>
/// A template is a vector of about length 1, kept as whole 256ths: one signed byte for each component, those that vary most first. The
/// distance is Euclidean, its square an exact whole number, so that every processor gives the same answers. docs/search.md tells how the
/// search rules most faces out by a few bytes each without missing one.
/// </para>
/// <para>
/// Any number of threads may do anything at a time. A search waits for nobody: it finds all faces that were added before it began, and none
/// that was removed before it ended. Faces that come or go meanwhile may be found or not.
/// </para>
/// </remarks>
internal sealed class FaceIndex
{
    /// <summary>What a component of 1 is kept as.</summary>
    public const int Unit = 256;

    /// <summary>A cache line: templates are whole ones.</summary>
    public const int DimensionStep = 64;

    public const int MostDimensions = 640;

    /// <summary>A full block is given up when one of so many places is empty.</summary>
    private const int EmptyShare = 4;

    private readonly SketchRule _rule;
    private readonly VectorPath _path;
    private readonly Lock _writing = new();
    private readonly PlaceTable _places;
    private readonly Stack<int> _freeNumbers = new();
    private IndexBlock?[] _byNumber = new IndexBlock?[16];
    private int _numbers;
    private long _sequence;
    private int _count;

    /// <summary>Replaced as a whole; the last one is being filled.</summary>
    private volatile IndexBlock[] _blocks = [];

    /// <param name="dimensions">A multiple of 64, from 64 to 640.</param>
    /// <param name="spread">
    /// The usual standard deviation of each component, of templates of length 1: a matter of speed only. What is usual for faces when null.
    /// </param>
    /// <param name="path">Which instructions to use; the best there are when null.</param>
    public FaceIndex(int dimensions, float[]? spread = null, VectorPath? path = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimensions, DimensionStep);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dimensions, MostDimensions);
        ArgumentOutOfRangeException.ThrowIfNotEqual(dimensions % DimensionStep, 0);
        if (spread is not null && spread.Length != dimensions)
            throw new ArgumentException($"There are {dimensions} components, not {spread.Length}.", nameof(spread));
        _rule = new SketchRule(spread ?? FaceSpread.Usual(dimensions));
        _path = path ?? VectorPaths.Supported[^1];
        _places = new PlaceTable(place => BlockOf(place).FaceIn(PlaceOf(place)));
    }

    public int Dimensions => _rule.Dimensions;

    /// <summary>How many faces there are.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>What it takes of memory, of which untouched pages cost nothing yet.</summary>
    public long Bytes
    {
        get
        {
            lock (_writing)
                return _blocks.Sum(block => block.Bytes) + _places.Bytes;
        }
    }

    /// <summary>Whose face it is; 0 when it is not there.</summary>
    public int UserOf(int faceId)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(faceId);
        lock (_writing)
        {
            var place = _places.Find(faceId);
            return place < 0 ? 0 : BlockOf(place).UserIn(PlaceOf(place));
        }
    }

    /// <summary>Adds a face, or replaces the one of that number.</summary>
    /// <param name="faceId">Greater than 0.</param>
    /// <param name="userId">Whose it is; greater than 0.</param>
    /// <exception cref="ArgumentException">The template has another length.</exception>
    public void Add(int faceId, int userId, ReadOnlySpan<sbyte> template)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(faceId);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(userId);
        CheckLength(template, nameof(template));
        Span<byte> codes = stackalloc byte[_rule.Codes];
        var squaredLength = _rule.Sketch(template, codes);
        lock (_writing)
        {
            var block = BlockWithRoom();
            var before = _places.Set(faceId, PlaceIn(block, block.Fill(faceId, userId, template, codes, squaredLength)));
            if (before >= 0)
                Empty(before, moved: true);
            Volatile.Write(ref _count, _places.Count);
        }
    }

    /// <summary>Removes a face. When this returns, no search returns it any more, and its template is overwritten.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Remove(int faceId)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(faceId);
        lock (_writing)
        {
            var place = _places.Find(faceId);
            if (place < 0)
                return false;
            RemoveAt(faceId, place);
            return true;
        }
    }

    /// <summary>Removes all faces of a user.</summary>
    /// <returns>How many there were.</returns>
    public int RemoveUser(int userId)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(userId);
        lock (_writing)
        {
            var removed = new List<int>();
            foreach (var block in _blocks)
            {
                var users = block.Users(block.Count);
                for (var place = 0; ; place++)
                {
                    var next = users[place..].IndexOf(userId);
                    if (next < 0)
                        break;
                    place += next;
                    removed.Add(block.FaceIn(place));
                }
            }

            foreach (var face in removed)
                RemoveAt(face, _places.Find(face));
            return removed.Count;
        }
    }

    /// <summary>The nearest people, the nearest first; of equally near ones that with the lowest face number.</summary>
    /// <param name="limit">How many people at most; greater than 0.</param>
    /// <param name="maxSquaredDistance">The greatest squared distance, in units of 1/65536.</param>
    /// <param name="threads">How many threads may share the work; they are the pool's, and what it has none free for the caller does.</param>
    /// <exception cref="ArgumentException">The probe has another length.</exception>
    /// <exception cref="OperationCanceledException" />
    public FaceMatch[] Search(
        ReadOnlySpan<sbyte> probe, int limit, int maxSquaredDistance, int threads = 1, CancellationToken cancellation = default)
    {
        CheckLength(probe, nameof(probe));
        return Run(probe, limit, maxSquaredDistance, threads, cancellation)[0];
    }

    /// <summary>Searches for several probes in one pass over the memory.</summary>
    /// <returns>For each probe what <see cref="Search"/> gives.</returns>
    public IReadOnlyList<FaceMatch[]> SearchBatch(
        IReadOnlyList<sbyte[]> probes, int limit, int maxSquaredDistance, int threads = 1, CancellationToken cancellation = default)
    {
        foreach (var probe in probes)
            CheckLength(probe, nameof(probes));
        var all = ArrayPool<sbyte>.Shared.Rent(Math.Max(1, probes.Count * Dimensions));
        try
        {
            for (var i = 0; i < probes.Count; i++)
                probes[i].CopyTo(all, i * Dimensions);
            return Run(all.AsSpan(0, probes.Count * Dimensions), limit, maxSquaredDistance, threads, cancellation);
        }
        finally
        {
            ArrayPool<sbyte>.Shared.Return(all, clearArray: true);
        }
    }

    private FaceMatch[][] Run(ReadOnlySpan<sbyte> probes, int limit, int maxSquaredDistance, int threads, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        ArgumentOutOfRangeException.ThrowIfNegative(maxSquaredDistance);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        cancellation.ThrowIfCancellationRequested();
        return _path switch
        {
            VectorPath.Vector512 => IndexSearch<Kernel512>.Run(_rule, () => _blocks, probes, limit, maxSquaredDistance, threads, cancellation),
            VectorPath.Vector256 => IndexSearch<Kernel256>.Run(_rule, () => _blocks, probes, limit, maxSquaredDistance, threads, cancellation),
            VectorPath.Vector128 => IndexSearch<Kernel128>.Run(_rule, () => _blocks, probes, limit, maxSquaredDistance, threads, cancellation),
            _ => IndexSearch<ScalarKernel>.Run(_rule, () => _blocks, probes, limit, maxSquaredDistance, threads, cancellation),
        };
    }

    private void CheckLength(ReadOnlySpan<sbyte> template, string name)
    {
        if (template.Length != Dimensions)
            throw new ArgumentException($"A template has {Dimensions} components here, not {template.Length}.", name);
    }

    private void RemoveAt(int faceId, int place)
    {
        _places.Remove(faceId);
        Volatile.Write(ref _count, _places.Count);
        Empty(place, moved: false);
    }

    // Gives a block up when too much of it is empty: what is left in it moves to the end.
    private void Empty(int place, bool moved)
    {
        var block = BlockOf(place);
        block.Empty(PlaceOf(place), moved);
        if (block != _blocks[^1])
            GiveUpIfSparse(block);
    }

    private void GiveUpIfSparse(IndexBlock block)
    {
        if (block.Emptied * EmptyShare < IndexBlock.Places)
            return;
        for (var place = 0; place < IndexBlock.Places; place++)
        {
            var face = block.FaceIn(place);
            if (face <= 0)
                continue;
            // There are two of it for a moment, so that every search sees one.
            var other = BlockWithRoom();
            _places.Set(face, PlaceIn(other, block.CopyTo(other, place)));
            block.Empty(place, moved: true);
        }

        _blocks = [.. _blocks.Where(kept => kept != block)];
        _byNumber[block.Number] = null;
        _freeNumbers.Push(block.Number);
    }

    private IndexBlock BlockWithRoom()
    {
        var blocks = _blocks;
        if (blocks.Length > 0 && blocks[^1].Count < IndexBlock.Places)
            return blocks[^1];

        if (!_freeNumbers.TryPop(out var number))
        {
            number = _numbers++;
            if (number == _byNumber.Length)
                Array.Resize(ref _byNumber, 2 * number);
        }

        var added = new IndexBlock(_rule, number, _sequence++);
        _byNumber[number] = added;
        _blocks = [.. blocks, added];
        if (blocks.Length > 0)
            GiveUpIfSparse(blocks[^1]);
        return _blocks[^1].Count < IndexBlock.Places ? _blocks[^1] : BlockWithRoom();
    }

    private IndexBlock BlockOf(int place) => _byNumber[place >> IndexBlock.PlaceBits]!;

    private static int PlaceOf(int place) => place & (IndexBlock.Places - 1);

    private static int PlaceIn(IndexBlock block, int place) => block.Number << IndexBlock.PlaceBits | place;
}
