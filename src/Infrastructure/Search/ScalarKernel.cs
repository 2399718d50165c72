namespace FaceId.Infrastructure.Search;

/// <summary>One number at a time: the reference for the other kernels.</summary>
internal readonly unsafe struct ScalarKernel : ISearchKernel
{
    public static int WithinReach(byte* sketches, int vectors, uint* weights, int threshold, int first, int faces, int* found)
    {
        var count = 0;
        for (var face = 0; face < faces; face++)
        {
            var sketch = sketches + (nint)(face / IndexBlock.GroupFaces) * (vectors + 1) * IndexBlock.VectorBytes
                + face % IndexBlock.GroupFaces * 2;
            var weight = (sbyte*)weights;
            var sum = 0;
            for (var vector = 0; vector < vectors; vector++, sketch += IndexBlock.VectorBytes, weight += 2 * sizeof(uint))
                sum += (sketch[0] & 15) * weight[0] + (sketch[1] & 15) * weight[1] + (sketch[0] >> 4) * weight[4] + (sketch[1] >> 4) * weight[5];
            sum += sketch[0] * weight[0] + sketch[1] * weight[1];
            if (sum >= threshold)
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
}
