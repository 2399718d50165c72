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
/// Sketches lie in pieces of 2048 faces, in each piece column by column, so that a search reads only the components it chose. Templates
/// follow one by one, each at the start of a cache line. The memory is not the collector's, in large pages where Linux has them, and returned
/// when no reader holds the block any more.
/// </para>
/// </remarks>
internal sealed unsafe class IndexBlock
{
    public const int Places = 1 << PlaceBits;
    public const int PlaceBits = 14;

    /// <summary>Faces whose codes lie together.</summary>
    public const int PieceFaces = 2048;

    /// <summary>From one column to the next.</summary>
    public const int ColumnBytes = PieceFaces / 2;

    private const int HugePage = 2 * 1024 * 1024;

    private readonly SketchRule _rule;
    private readonly byte* _memory;
    private readonly int* _faces;
    private readonly int* _users;
    private int _count;
    private BlockFacts _facts = new();

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

        Templates = (sbyte*)(_memory + (nint)Places / PieceFaces * PieceBytes);
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

    public sbyte* Templates { get; }

    /// <summary>How many places were filled. What lies in them may be read after this.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>How many of them were emptied again. For the writer.</summary>
    public int Emptied { get; private set; }

    public int PieceBytes => _rule.Codes * ColumnBytes;

    public ref readonly BlockFacts Facts => ref _facts;

    /// <summary>The codes of a piece, from column 0 on.</summary>
    public byte* Piece(int piece) => _memory + (nint)piece * PieceBytes;

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
    /// <param name="codes">What <see cref="SketchRule.Sketch"/> wrote, and what it returned.</param>
    /// <returns>The place.</returns>
    public int Fill(int faceId, int userId, ReadOnlySpan<sbyte> template, Span<byte> codes, int squaredLength)
    {
        var place = _count;
        codes[^1] = (byte)_facts.Widen(squaredLength);
        Write(place, codes);
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
        Span<byte> nothing = stackalloc byte[_rule.Codes];
        nothing.Clear();
        Write(place, nothing);
        Emptied++;
    }

    /// <summary>Copies a face that is there to the next place of another block.</summary>
    public int CopyTo(IndexBlock other, int place)
    {
        var template = new ReadOnlySpan<sbyte>(Template(place), _rule.Dimensions);
        Span<byte> codes = stackalloc byte[_rule.Codes];
        var squaredLength = _rule.Sketch(template, codes);
        return other.Fill(_faces[place], _users[place], template, codes, squaredLength);
    }

    private static long BytesFor(SketchRule rule) => (long)Places / PieceFaces * rule.Codes * ColumnBytes + (long)Places * (rule.Dimensions + 2 * sizeof(int));

    // The other half of each byte belongs to another face and stays.
    private void Write(int place, ReadOnlySpan<byte> codes)
    {
        var face = place % ISearchKernel.UnitFaces;
        var at = Piece(place / PieceFaces) + place % PieceFaces / ISearchKernel.UnitFaces * ISearchKernel.VectorBytes + face % 32 * 2 + face / 64;
        var shift = face / 32 % 2 * 4;
        for (var i = 0; i < codes.Length; i++, at += ColumnBytes)
            *at = (byte)(*at & 0xF0 >> shift | codes[i] << shift);
    }
}
