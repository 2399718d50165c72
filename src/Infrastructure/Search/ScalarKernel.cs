namespace FaceId.Infrastructure.Search;

/// <summary>One number at a time: the reference for the other kernels.</summary>
internal readonly unsafe struct ScalarKernel : ISearchKernel
{
    public static void WriteTable(ReadOnlySpan<short> worth, byte* table) => worth.CopyTo(new Span<short>(table, SketchRule.Levels));

    public static void Add(byte* codes, int* columns, byte* tables, short* sums, int units, bool first)
    {
        for (var face = 0; face < units * ISearchKernel.UnitFaces; face++)
        {
            var sum = first ? 0 : sums[face];
            for (var i = 0; i < SketchPlan.Step; i++)
                sum += Worth(codes + columns[i], tables + i * ISearchKernel.VectorBytes, face);
            sums[face] = (short)sum;
        }
    }

    public static int Reached(byte* errors, byte* lengths, byte* tables, short* sums, int units, int first, int* found)
    {
        var count = 0;
        for (var face = 0; face < units * ISearchKernel.UnitFaces; face++)
        {
            if ((sums == null ? 0 : sums[face]) + Worth(lengths, tables + ISearchKernel.VectorBytes, face) + Worth(errors, tables, face) >= 0)
                found[count++] = first + face;
        }

        return count;
    }

    public static int SquaredDistance(short* probe, sbyte* template, int length)
    {
        var sum = 0;
        for (var i = 0; i < length; i++)
        {
            var difference = probe[i] - template[i];
            sum += difference * difference;
        }

        return sum;
    }

    private static short Worth(byte* column, byte* table, int face)
    {
        var vector = (ushort*)column + face / ISearchKernel.UnitFaces * 32;
        var code = vector[face % 32] >> face % ISearchKernel.UnitFaces / 32 * 4 & 15;
        return ((short*)table)[code];
    }
}
