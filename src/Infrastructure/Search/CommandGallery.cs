using FaceId.Application.Faces;
using FaceId.Infrastructure.Persistence;
using Microsoft.Extensions.DependencyInjection;

namespace FaceId.Infrastructure.Search;

/// <summary>The gallery for a command that enrols, which no host starts: all faces loaded and kept level with the database.</summary>
public sealed class CommandGallery : IAsyncDisposable
{
    private readonly ChangeFeed _feed;
    private readonly FaceGallery _gallery;

    private CommandGallery(ChangeFeed feed, FaceGallery gallery) => (_feed, _gallery) = (feed, gallery);

    /// <summary>Returns when the faces are loaded, or are too many to be.</summary>
    public static async Task<CommandGallery> OpenAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var opened = new CommandGallery(services.GetRequiredService<ChangeFeed>(), services.GetRequiredService<FaceGallery>());
        try
        {
            await opened._feed.StartAsync(cancellationToken);
            await opened._gallery.StartAsync(cancellationToken);
            while (opened._gallery.State.Condition == GalleryCondition.Loading)
            {
                cancellationToken.ThrowIfCancellationRequested();
                await opened._gallery.OpenAsync(cancellationToken);
            }

            return opened;
        }
        catch
        {
            await opened.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _gallery.StopAsync(CancellationToken.None);
        await _feed.StopAsync(CancellationToken.None);
    }
}
