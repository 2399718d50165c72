namespace FaceId.Infrastructure.Search;

/// <summary>The two inner loops of a search, in one kind of instructions. All arithmetic is exact, so that all kinds agree to the bit.</summary>
internal unsafe interface ISearchKernel
{
    /// <summary>Names the faces whose sketches may stand for a template within reach.</summary>
    /// <param name="sketches">Whole pairs of groups of 32 sketches, as <see cref="IndexBlock"/> lays them out.</param>
    /// <param name="vectors">64-byte vectors of codes in a group; one more, of lengths, follows them.</param>
    /// <param name="weights">Pairs of weights, each twice: two pairs for each vector of codes, one for the lengths.</param>
    /// <param name="threshold">The least sum that is within reach, of 16 bits.</param>
    /// <param name="first">The number of the first face.</param>
    /// <param name="faces">How many faces, a multiple of 64.</param>
    /// <param name="found">Receives the numbers, rising, at most as many as there are faces.</param>
    /// <returns>How many were found.</returns>
    static abstract int WithinReach(byte* sketches, int vectors, uint* weights, int threshold, int first, int faces, int* found);

    /// <summary>The sum of squared differences.</summary>
    /// <param name="length">A multiple of 64.</param>
    static abstract int SquaredDistance(short* probe, sbyte* template, int length);
}
