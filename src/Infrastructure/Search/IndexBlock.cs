using System.Runtime.InteropServices;
using FaceId.Infrastructure.Interop;

namespace FaceId.Infrastructure.Search;

/// <summary>A fixed number of places for faces. Places are filled in order, emptied in any order, and never used twice.</summary>
/// <remarks>
/// <para>
/// One writer at a time fills and empties; readers need no lock. A place is written whole before <see cref="Count"/> tells of it. When it is
/// emptied, its face number goes first, then what it held is overwritten: who read a template and after that finds the number still there
/// has read it whole.
/// </para>
/// <para>
/// Sketches lie in groups of 32 faces: a vector of 64 bytes holds two bytes of each, the next vector the next two, the last one the two
/// lengths. Templates follow one by one, each at the start of a cache line. The memory is not the collector's, in large pages where Linux has
/// them, and returned when no reader holds the block any more.
/// </para>
/// </remarks>
internal sealed unsafe class IndexBlock
{
    public const int Places = 1 << PlaceBits;
    public const int PlaceBits = 14;
    public const int GroupFaces = 32;
    public const int VectorBytes = 2 * GroupFaces;

    private const int HugePage = 2 * 1024 * 1024;

    private readonly SketchRule _rule;
    private readonly byte* _memory;
    private readonly int* _faces;
    private readonly int* _users;
    private int _count;
    private BlockFacts _facts = new() { LeastSquaredLength = int.MaxValue, LeastRest = byte.MaxValue, LeastError = byte.MaxValue };

    /// <param name="number">By which its index finds it.</param>
    /// <param name="sequence">Greater than that of all blocks before.</param>
    public IndexBlock(SketchRule rule, int number, long sequence)
    {
        _rule = rule;
        Number = number;
        Sequence = sequence;
        Bytes = BytesFor(rule);
        _memory = (byte*)NativeMemory.AlignedAlloc((nuint)Bytes, HugePage);
        if (OperatingSystem.IsLinux())
        {
            // Where it is refused, pages are small.
            _ = Libc.madvise(_memory, (nuint)Bytes, Libc.AdviseHugePages);
        }

        Vectors = rule.Coded / 4;
        Sketches = _memory;
        Templates = (sbyte*)(_memory + (nint)Places / GroupFaces * GroupBytes);
        _faces = (int*)(Templates + (nint)Places * rule.Dimensions);
        _users = _faces + Places;
        GC.AddMemoryPressure(Bytes);
    }

    ~IndexBlock()
    {
        NativeMemory.Clear(_memory, (nuint)Bytes);
        NativeMemory.AlignedFree(_memory);
        GC.RemoveMemoryPressure(Bytes);
    }

    public int Number { get; }

    public long Sequence { get; }

    public long Bytes { get; }

    /// <summary>Vectors of codes in a group.</summary>
    public int Vectors { get; }

    public byte* Sketches { get; }

    public sbyte* Templates { get; }

    /// <summary>How many places were filled. What lies in them may be read after this.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>How many of them were emptied again. For the writer.</summary>
    public int Emptied { get; private set; }

    public int GroupBytes => (Vectors + 1) * VectorBytes;

    public ref readonly BlockFacts Facts => ref _facts;

    public sbyte* Template(int place) => Templates + (nint)place * _rule.Dimensions;

    /// <summary>The face in a place; when it was emptied, 0, or less than 0 (its number with a minus) if the face is elsewhere now.</summary>
    /// <remarks>What was read of the place before this call was whole if the face is still there.</remarks>
    public int FaceIn(int place)
    {
        Interlocked.MemoryBarrier();
        return Volatile.Read(ref _faces[place]);
    }

    public int UserIn(int place) => _users[place];

    /// <summary>The users of the first places.</summary>
    public ReadOnlySpan<int> Users(int count) => new(_users, count);

    /// <summary>Fills the next place, which there must be.</summary>
    /// <returns>The place.</returns>
    public int Fill(int faceId, int userId, ReadOnlySpan<sbyte> template, ReadOnlySpan<byte> sketch, SketchFacts facts)
    {
        var place = _count;
        Widen(facts, sketch);
        var at = SketchOf(place);
        for (var i = 0; i < sketch.Length; i += 2, at += VectorBytes)
        {
            at[0] = sketch[i];
            at[1] = sketch[i + 1];
        }

        template.CopyTo(new Span<sbyte>(Template(place), template.Length));
        _users[place] = userId;
        _faces[place] = faceId;
        Volatile.Write(ref _count, place + 1);
        return place;
    }

    /// <summary>Empties a place and overwrites what it held.</summary>
    /// <param name="moved">Whether the face is elsewhere already.</param>
    public void Empty(int place, bool moved)
    {
        Volatile.Write(ref _faces[place], moved ? -_faces[place] : 0);
        Interlocked.MemoryBarrier();
        _users[place] = 0;
        new Span<sbyte>(Template(place), _rule.Dimensions).Clear();
        var at = SketchOf(place);
        for (var vector = 0; vector <= Vectors; vector++, at += VectorBytes)
            at[0] = at[1] = 0;
        Emptied++;
    }

    /// <summary>Copies a face that is there to the next place of another block, with its sketch.</summary>
    public int CopyTo(IndexBlock other, int place, Span<byte> sketch)
    {
        var template = new ReadOnlySpan<sbyte>(Template(place), _rule.Dimensions);
        return other.Fill(_faces[place], _users[place], template, sketch, _rule.Sketch(template, sketch));
    }

    private static long BytesFor(SketchRule rule) => (long)Places * (rule.Bytes + rule.Dimensions + 2 * sizeof(int));

    private byte* SketchOf(int place) => Sketches + (nint)(place / GroupFaces) * GroupBytes + place % GroupFaces * 2;

    private void Widen(SketchFacts facts, ReadOnlySpan<byte> sketch)
    {
        _facts.LeastSquaredLength = Math.Min(_facts.LeastSquaredLength, facts.SquaredLength);
        _facts.GreatestSquaredLength = Math.Max(_facts.GreatestSquaredLength, facts.SquaredLength);
        _facts.MostKept = Math.Max(_facts.MostKept, facts.Kept);
        _facts.LeastRest = Math.Min(_facts.LeastRest, sketch[^2]);
        _facts.GreatestRest = Math.Max(_facts.GreatestRest, sketch[^2]);
        _facts.LeastError = Math.Min(_facts.LeastError, sketch[^1]);
        _facts.GreatestError = Math.Max(_facts.GreatestError, sketch[^1]);
    }
}
