namespace FaceId.Application.Recognition.Accuracy;

/// <summary>
/// The logarithm of a density, smoothed from counts in bins: counts are Poisson, and third differences of the logarithm are penalised
/// (Eilers and Marx, 1996), so that where data end the curve goes on as the tail of a normal distribution. How much is smoothed is
/// chosen by Akaike's criterion.
/// </summary>
internal static class SmoothDensity
{
    private const int Order = 3;
    private const int Iterations = 60;
    private static readonly double[] Penalty = [-1, 3, -3, 1];

    /// <param name="counts">May be fractions; their sum says how many independent observations they are worth.</param>
    /// <returns>The logarithm of the expected count in each bin.</returns>
    public static double[] Logarithm(ReadOnlySpan<double> counts)
    {
        var y = counts.ToArray();
        double[]? best = null;
        var bestCriterion = double.PositiveInfinity;
        for (var exponent = 0.0; exponent <= 10; exponent += 0.5)
        {
            if (Fit(y, Math.Pow(10, exponent)) is { } fit && fit.Criterion < bestCriterion)
            {
                (best, bestCriterion) = (fit.Logarithm, fit.Criterion);
            }
        }

        return best ?? throw new InvalidOperationException("No smoothness fits these counts.");
    }

    private static (double[] Logarithm, double Criterion)? Fit(double[] y, double smoothness)
    {
        var n = y.Length;
        var floor = y.Sum() / n * 1e-2;
        var eta = Array.ConvertAll(y, value => Math.Log(value + floor));
        var mean = new double[n];
        double[,]? band = null;
        for (var iteration = 0; iteration < Iterations; iteration++)
        {
            for (var i = 0; i < n; i++)
            {
                mean[i] = Math.Exp(Math.Clamp(eta[i], -60, 60));
            }

            band = Factor(mean, smoothness);
            var next = new double[n];
            for (var i = 0; i < n; i++)
            {
                next[i] = mean[i] * eta[i] + y[i] - mean[i];
            }

            Solve(band, next);
            var change = 0.0;
            for (var i = 0; i < n; i++)
            {
                // Far from the solution a whole step can leap over it.
                var step = Math.Clamp(next[i] - eta[i], -4, 4);
                change = Math.Max(change, Math.Abs(step) * Math.Min(1, mean[i] + 1e-3));
                eta[i] += step;
            }

            if (change < 1e-8)
            {
                break;
            }
        }

        var deviance = 0.0;
        for (var i = 0; i < n; i++)
        {
            mean[i] = Math.Exp(Math.Clamp(eta[i], -60, 60));
            deviance += 2 * ((y[i] > 0 ? y[i] * Math.Log(y[i] / mean[i]) : 0) - y[i] + mean[i]);
        }

        var parameters = Parameters(band!, mean);
        return double.IsFinite(deviance) && double.IsFinite(parameters) ? (eta, deviance + 2 * parameters) : null;
    }

    /// <summary>Cholesky factor of diag(mean) + smoothness D'D, by rows: [i, k] is the element of row i and column i - k.</summary>
    private static double[,] Factor(double[] mean, double smoothness)
    {
        var n = mean.Length;
        var a = new double[n, Order + 1];
        for (var i = 0; i < n; i++)
        {
            a[i, 0] = mean[i] + 1e-10;
        }

        for (var r = 0; r + Order < n; r++)
        {
            for (var i = 0; i <= Order; i++)
            {
                for (var j = 0; j <= i; j++)
                {
                    a[r + i, i - j] += smoothness * Penalty[i] * Penalty[j];
                }
            }
        }

        for (var i = 0; i < n; i++)
        {
            for (var k = Math.Min(i, Order); k >= 0; k--)
            {
                var j = i - k;
                var sum = a[i, k];
                for (var m = k + 1; m <= Math.Min(i, Order); m++)
                {
                    if (m - k <= Order)
                    {
                        sum -= a[i, m] * a[j, m - k];
                    }
                }

                a[i, k] = k == 0 ? Math.Sqrt(Math.Max(sum, 1e-300)) : sum / a[j, 0];
            }
        }

        return a;
    }

    private static void Solve(double[,] factor, double[] x)
    {
        var n = x.Length;
        for (var i = 0; i < n; i++)
        {
            for (var k = 1; k <= Math.Min(i, Order); k++)
            {
                x[i] -= factor[i, k] * x[i - k];
            }

            x[i] /= factor[i, 0];
        }

        for (var i = n - 1; i >= 0; i--)
        {
            for (var k = 1; k <= Order && i + k < n; k++)
            {
                x[i] -= factor[i + k, k] * x[i + k];
            }

            x[i] /= factor[i, 0];
        }
    }

    /// <summary>How many free parameters the smoothed curve is worth: the trace of the matrix that smooths.</summary>
    private static double Parameters(double[,] factor, double[] mean)
    {
        var column = new double[mean.Length];
        var trace = 0.0;
        for (var i = 0; i < mean.Length; i++)
        {
            Array.Clear(column);
            column[i] = 1;
            Solve(factor, column);
            trace += column[i] * mean[i];
        }

        return trace;
    }
}
