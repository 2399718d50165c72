using System.Runtime.CompilerServices;

namespace FaceId.Application.Common;

/// <summary>Reads long lists a piece at a time, so that neither memory nor a connection is held for as long as the reader takes.</summary>
internal static class Batches
{
    public const int Size = 500;

    /// <param name="read">Reads this many rows whose key is greater than the first argument, in the order of their keys.</param>
    public static async IAsyncEnumerable<T> ReadAsync<T>(
        Func<long, int, CancellationToken, Task<List<T>>> read, Func<T, long> key, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var after = 0L;
        List<T> rows;
        do
        {
            rows = await read(after, Size, cancellationToken);
            foreach (var row in rows)
            {
                yield return row;
                after = key(row);
            }
        }
        while (rows.Count == Size);
    }
}
