namespace FaceId.Infrastructure.Search;

/// <summary>The inner loops of a search, in one kind of instructions. All arithmetic is exact, so that all kinds agree to the bit.</summary>
/// <remarks>
/// Codes lie in columns, one for each component: a vector of 64 bytes holds one code of each of 128 faces, the word number w those of the faces
/// w, w + 32, w + 64 and w + 96, from its lowest four bits up.
/// </remarks>
internal unsafe interface ISearchKernel
{
    /// <summary>Faces in a vector of codes.</summary>
    const int UnitFaces = 128;

    /// <summary>Bytes of a vector of codes, and of a table.</summary>
    const int VectorBytes = 64;

    /// <summary>Writes what sixteen codes are worth in the form that this kernel looks it up in.</summary>
    static abstract void WriteTable(ReadOnlySpan<short> worth, byte* table);

    /// <summary>Adds what the codes of eight columns are worth to the sums of each face.</summary>
    /// <param name="codes">Where column 0 begins.</param>
    /// <param name="columns">Where eight columns begin, in bytes from there, and then eight that will be needed next.</param>
    /// <param name="tables">Eight tables.</param>
    /// <param name="sums">128 sums for each vector, in an order of the kernel's own.</param>
    /// <param name="units">How many vectors of codes.</param>
    /// <param name="first">Whether sums start at 0.</param>
    static abstract void Add(byte* codes, int* columns, byte* tables, short* sums, int units, bool first);

    /// <summary>Adds what the codes of two more columns are worth, without overflow, and names the faces whose sums are not below 0.</summary>
    /// <param name="errors">One column, and its table, which may be worth anything.</param>
    /// <param name="lengths">The other column; its table, which follows the first, never takes a sum below 16 bits.</param>
    /// <param name="sums">Those of <see cref="Add"/>; null when all are 0.</param>
    /// <param name="first">The number of the first face.</param>
    /// <param name="found">Receives the numbers, in any order.</param>
    /// <returns>How many were found.</returns>
    static abstract int Reached(byte* errors, byte* lengths, byte* tables, short* sums, int units, int first, int* found);

    /// <summary>The sum of squared differences.</summary>
    /// <param name="length">A multiple of 64.</param>
    static abstract int SquaredDistance(short* probe, sbyte* template, int length);
}
