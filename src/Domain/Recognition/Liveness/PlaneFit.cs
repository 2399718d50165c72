namespace FaceId.Domain.Recognition.Liveness;

/// <summary>
/// Says how well one view of a face can be had from another by holding it like a flat picture: moved, scaled, turned, tilted any way, at any
/// distance. Two views of a photo fit almost wholly (correlation near 1); of a head that turned the nose and the cheeks do not.
/// </summary>
/// <remarks>
/// Image registration over the eight numbers of a homography by Levenberg and Marquardt's method, on brightness with mean and contrast
/// taken out, first on blurred pixels and then on sharper ones. Since it finds the nearest fit only, it begins in several places: at the affine
/// map of the five points, at no change, and at strong tilts.
/// </remarks>
public static class PlaneFit
{
    // The inner face: eyes, nose, mouth, and the cheeks beside them.
    private const int First = 11;
    private const int Count = 30;
    private const double Middle = First + (Count - 1) / 2.0;
    private const double Reach = Count / 2.0;
    private const int Numbers = 8;
    private const int Rounds = 25;
    private const double Step = 0.004;
    private const double Enough = 1e-6;

    /// <param name="enough">A fit as good as this ends the search.</param>
    /// <returns>The correlation at the best fit found, at most 1.</returns>
    public static double Correlation(FacePatch view, FacePatch other, double enough)
    {
        var coarse = new Fit(Blurred(view.Pixels, 3), Blurred(other.Pixels, 3));
        var fine = new Fit(Blurred(view.Pixels, 1), Blurred(other.Pixels, 1));
        var best = -1.0;
        foreach (var map in Starts(view.Points, other.Points))
        {
            coarse.Improve(map);
            best = Math.Max(best, fine.Improve(map));
            if (best > enough)
            {
                break;
            }
        }

        return best;
    }

    private static IEnumerable<double[]> Starts(double[] from, double[] to)
    {
        yield return Start(from, to);
        yield return new double[Numbers];
        foreach (var shear in (double[])[-0.35, 0.35])
        {
            foreach (var stretch in (double[])[-0.15, 0.25])
            {
                // The eyes stay level in both patches; tilting moves what lies below them aside.
                yield return [0, shear, 0.1 * shear, 0, stretch, 0, 0, 0];
            }
        }
    }

    /// <summary>The least-squares affine map of the points, as differences from no change.</summary>
    private static double[] Start(double[] from, double[] to)
    {
        Span<double> normal = stackalloc double[9];
        Span<double> right = stackalloc double[6];
        normal.Clear();
        right.Clear();
        for (var i = 0; i < HeadPose.Points; i++)
        {
            ReadOnlySpan<double> row = [(from[2 * i] - Middle) / Reach, (from[2 * i + 1] - Middle) / Reach, 1];
            var (x, y) = ((to[2 * i] - Middle) / Reach, (to[2 * i + 1] - Middle) / Reach);
            for (var a = 0; a < 3; a++)
            {
                right[a] += row[a] * x;
                right[3 + a] += row[a] * y;
                for (var b = 0; b < 3; b++)
                {
                    normal[3 * a + b] += row[a] * row[b];
                }
            }
        }

        var map = new double[Numbers];
        Span<double> copy = stackalloc double[9];
        normal.CopyTo(copy);
        if (!Solve(normal, right[..3]) || !Solve(copy, right[3..]))
        {
            return map;
        }

        (map[0], map[1], map[2]) = (right[0] - 1, right[1], right[2]);
        (map[3], map[4], map[5]) = (right[3], right[4] - 1, right[5]);
        return map;
    }

    /// <summary>Solves a small symmetric system in place; false when it has no one solution.</summary>
    private static bool Solve(Span<double> matrix, Span<double> vector)
    {
        var n = vector.Length;
        for (var i = 0; i < n; i++)
        {
            var pivot = matrix[i * n + i];
            if (!(Math.Abs(pivot) > 1e-12))
            {
                return false;
            }

            for (var j = i + 1; j < n; j++)
            {
                var by = matrix[j * n + i] / pivot;
                for (var k = i; k < n; k++)
                {
                    matrix[j * n + k] -= by * matrix[i * n + k];
                }

                vector[j] -= by * vector[i];
            }
        }

        for (var i = n - 1; i >= 0; i--)
        {
            for (var k = i + 1; k < n; k++)
            {
                vector[i] -= matrix[i * n + k] * vector[k];
            }

            vector[i] /= matrix[i * n + i];
        }

        return true;
    }

    /// <summary>So many times the mean of each pixel and its neighbours, weighted 1 2 1 both ways.</summary>
    private static float[] Blurred(byte[] pixels, int times)
    {
        const int S = FacePatch.Side;
        var image = Array.ConvertAll(pixels, p => (float)p);
        var rows = new float[image.Length];
        for (; times > 0; times--)
        {
            for (var i = 0; i < image.Length; i++)
            {
                var x = i % S;
                rows[i] = (image[x > 0 ? i - 1 : i] + 2 * image[i] + image[x < S - 1 ? i + 1 : i]) / 4;
            }

            for (var i = 0; i < image.Length; i++)
            {
                image[i] = (rows[i >= S ? i - S : i] + 2 * rows[i] + rows[i < S * (S - 1) ? i + S : i]) / 4;
            }
        }

        return image;
    }

    private sealed class Fit
    {
        private readonly float[] _other;
        private readonly double[] _wanted = new double[Count * Count];
        private readonly double[] _seen = new double[Count * Count];
        private readonly double[] _moved = new double[Count * Count];
        private readonly double[] _slopes = new double[Count * Count * Numbers];

        public Fit(float[] view, float[] other)
        {
            _other = other;
            Span<double> unmoved = stackalloc double[Numbers];
            unmoved.Clear();
            Sample(view, unmoved, _wanted);
        }

        private double Cost(ReadOnlySpan<double> map)
        {
            Sample(_other, map, _moved);
            return Difference(_moved);
        }

        /// <returns>The correlation reached.</returns>
        public double Improve(double[] map)
        {
            Span<double> normal = stackalloc double[Numbers * Numbers];
            Span<double> damped = stackalloc double[Numbers * Numbers];
            Span<double> gradient = stackalloc double[Numbers];
            Span<double> change = stackalloc double[Numbers];
            Span<double> next = stackalloc double[Numbers];
            var damping = 1e-3;
            Sample(_other, map, _seen);
            var cost = Difference(_seen);
            for (var round = 0; round < Rounds; round++)
            {
                Differentiate(map, normal, gradient);
                var gain = 0.0;
                for (var attempt = 0; attempt < 6 && gain <= 0; attempt++)
                {
                    normal.CopyTo(damped);
                    gradient.CopyTo(change);
                    for (var i = 0; i < Numbers; i++)
                    {
                        damped[i * Numbers + i] += damping * (normal[i * Numbers + i] + 1e-9);
                    }

                    if (Solve(damped, change))
                    {
                        for (var i = 0; i < Numbers; i++)
                        {
                            next[i] = map[i] - change[i];
                        }

                        gain = cost - Cost(next);
                    }

                    damping = gain > 0 ? Math.Max(damping / 4, 1e-7) : damping * 6;
                }

                if (!(gain > 0))
                {
                    break;
                }

                next.CopyTo(map);
                cost -= gain;
                _moved.CopyTo(_seen, 0);
                if (gain < Enough)
                {
                    break;
                }
            }

            // Of two vectors of length 1 the squared distance is 2 - 2 r.
            return 1 - cost / 2;
        }

        private void Differentiate(double[] map, Span<double> normal, Span<double> gradient)
        {
            for (var k = 0; k < Numbers; k++)
            {
                map[k] += Step;
                Sample(_other, map, _moved);
                map[k] -= Step;
                for (var i = 0; i < _moved.Length; i++)
                {
                    _slopes[k * _moved.Length + i] = (_moved[i] - _seen[i]) / Step;
                }
            }

            for (var a = 0; a < Numbers; a++)
            {
                var slopes = _slopes.AsSpan(a * _seen.Length, _seen.Length);
                var sum = 0.0;
                for (var i = 0; i < slopes.Length; i++)
                {
                    sum += slopes[i] * (_seen[i] - _wanted[i]);
                }

                gradient[a] = sum;
                for (var b = 0; b <= a; b++)
                {
                    var others = _slopes.AsSpan(b * _seen.Length, _seen.Length);
                    sum = 0;
                    for (var i = 0; i < slopes.Length; i++)
                    {
                        sum += slopes[i] * others[i];
                    }

                    normal[a * Numbers + b] = normal[b * Numbers + a] = sum;
                }
            }
        }

        private double Difference(double[] values)
        {
            var sum = 0.0;
            for (var i = 0; i < values.Length; i++)
            {
                sum += (values[i] - _wanted[i]) * (values[i] - _wanted[i]);
            }

            return sum;
        }

        /// <summary>Reads an image where the map puts the inner face, less its mean, as a vector of length 1.</summary>
        private static void Sample(float[] image, ReadOnlySpan<double> map, double[] values)
        {
            var mean = 0.0;
            for (var row = 0; row < Count; row++)
            {
                var y = (First + row - Middle) / Reach;
                for (var column = 0; column < Count; column++)
                {
                    var x = (First + column - Middle) / Reach;
                    var w = Math.Max(map[6] * x + map[7] * y + 1, 0.1);
                    var u = ((map[0] + 1) * x + map[1] * y + map[2]) / w * Reach + Middle;
                    var v = (map[3] * x + (map[4] + 1) * y + map[5]) / w * Reach + Middle;
                    mean += values[row * Count + column] = At(image, u, v);
                }
            }

            mean /= values.Length;
            var length = 1e-12;
            for (var i = 0; i < values.Length; i++)
            {
                values[i] -= mean;
                length += values[i] * values[i];
            }

            length = Math.Sqrt(length);
            for (var i = 0; i < values.Length; i++)
            {
                values[i] /= length;
            }
        }

        private static double At(float[] image, double x, double y)
        {
            const int S = FacePatch.Side;
            x = double.IsNaN(x) ? 0 : Math.Clamp(x, 0, S - 1.001);
            y = double.IsNaN(y) ? 0 : Math.Clamp(y, 0, S - 1.001);
            var (left, top) = ((int)x, (int)y);
            var (right, below) = (x - left, y - top);
            var i = top * S + left;
            return (1 - below) * ((1 - right) * image[i] + right * image[i + 1]) + below * ((1 - right) * image[i + S] + right * image[i + S + 1]);
        }
    }
}
