using System.Numerics.Tensors;

namespace FaceId.Infrastructure.Faces.Fusion;

/// <summary>The directions in which rows vary most, by orthogonal iteration on their covariance.</summary>
internal static class PrincipalDirections
{
    private const int Iterations = 400;

    /// <returns>The directions, one after the other, and for each its offset: what takes the mean to zero.</returns>
    public static (double[] Directions, double[] Offsets) Find(IReadOnlyList<float[]> rows, int length, int count)
    {
        var mean = new double[length];
        foreach (var row in rows)
        {
            for (var i = 0; i < length; i++)
            {
                mean[i] += (double)row[i] / rows.Count;
            }
        }

        var covariance = new double[length * length];
        var centred = new double[length];
        foreach (var row in rows)
        {
            for (var i = 0; i < length; i++)
            {
                centred[i] = row[i] - mean[i];
            }

            for (var i = 0; i < length; i++)
            {
                var line = covariance.AsSpan(i * length, length);
                TensorPrimitives.MultiplyAdd(centred, centred[i] / rows.Count, line, line);
            }
        }

        var directions = new double[count * length];
        for (var i = 0; i < count; i++)
        {
            directions[i * length + i] = 1;
        }

        var turned = new double[count * length];
        for (var iteration = 0; iteration < Iterations; iteration++)
        {
            Parallel.For(0, count, k =>
            {
                for (var i = 0; i < length; i++)
                {
                    turned[k * length + i] = TensorPrimitives.Dot<double>(directions.AsSpan(k * length, length), covariance.AsSpan(i * length, length));
                }
            });
            (directions, turned) = (turned, directions);
            MakeOrthogonal(directions, length, count);
        }

        var offsets = new double[count];
        for (var k = 0; k < count; k++)
        {
            // Which way a direction points is free; so that every run gives the same, its sum is positive.
            var direction = directions.AsSpan(k * length, length);
            if (TensorPrimitives.Sum<double>(direction) < 0)
            {
                TensorPrimitives.Negate<double>(direction, direction);
            }

            offsets[k] = -TensorPrimitives.Dot<double>(direction, mean);
        }

        return (directions, offsets);
    }

    private static void MakeOrthogonal(double[] directions, int length, int count)
    {
        for (var k = 0; k < count; k++)
        {
            var direction = directions.AsSpan(k * length, length);
            for (var before = 0; before < k; before++)
            {
                var other = directions.AsSpan(before * length, length);
                TensorPrimitives.MultiplyAdd(other, -TensorPrimitives.Dot<double>(direction, other), direction, direction);
            }

            TensorPrimitives.Multiply(direction, 1 / TensorPrimitives.Norm<double>(direction), direction);
        }
    }
}
