using System.Runtime.CompilerServices;
using System.Threading.Channels;
using FaceId.Application.Users.Imports;

namespace FaceId.Infrastructure.Users.Imports;

/// <summary>How sources are read: in batches, the next ones while the one before is written.</summary>
internal static class BatchReading
{
    public const int EntriesAtOnce = 5000;

    private const int Ahead = 2;

    public static async IAsyncEnumerable<PeopleBatch> AheadAsync(
        this IAsyncEnumerable<PeopleBatch> batches, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var channel = Channel.CreateBounded<PeopleBatch>(new BoundedChannelOptions(Ahead) { SingleReader = true, SingleWriter = true });
        var reading = Task.Run(() => ReadAsync(batches, channel.Writer, stop.Token), CancellationToken.None);
        try
        {
            await foreach (var batch in channel.Reader.ReadAllAsync(cancellationToken))
            {
                yield return batch;
            }
        }
        finally
        {
            await stop.CancelAsync();
            await reading;
        }
    }

    private static async Task ReadAsync(IAsyncEnumerable<PeopleBatch> batches, ChannelWriter<PeopleBatch> writer, CancellationToken stop)
    {
        try
        {
            await foreach (var batch in batches.WithCancellation(stop))
            {
                await writer.WriteAsync(batch, stop);
            }

            writer.Complete();
        }
        catch (Exception exception)
        {
            // Whoever reads the channel gets it.
            writer.Complete(exception);
        }
    }
}
