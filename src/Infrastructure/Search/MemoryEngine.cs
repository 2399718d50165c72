using FaceId.Application.Faces;
using FaceId.Domain.Faces;
using Npgsql;

namespace FaceId.Infrastructure.Search;

/// <summary>Keeps all faces in memory and searches them exactly.</summary>
internal sealed class MemoryEngine(NpgsqlDataSource database, ITemplateVault vault, UnreadableFaces unreadable, GalleryOptions options) : IGalleryEngine
{
    private readonly GalleryReader _reader = new(database, options);

    public string Name => SearchOptions.Memory;

    public Task PrepareAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task<IGalleryFaces> LoadAsync(Action<double> progress, CancellationToken cancellationToken)
    {
        var contents = new GalleryContents(vault, unreadable, options);
        return new LoadedFaces(contents, _reader, await _reader.LoadAsync(contents, progress, cancellationToken), vault, unreadable);
    }

    public ValueTask CloseAsync() => _reader.CloseAsync();

    private sealed class LoadedFaces(GalleryContents contents, GalleryReader reader, GalleryMark mark, ITemplateVault vault, UnreadableFaces unreadable) : IGalleryFaces
    {
        private GalleryMark _mark = mark;

        public int People => contents.People;

        public int Faces => contents.Faces;

        public int SetAside => contents.SetAside;

        public bool HasRoom => contents.HasRoom;

        public bool IsWhole => !contents.Overflown;

        public async Task<bool> FollowAsync(CancellationToken cancellationToken)
        {
            if (await reader.FollowAsync(contents, _mark, cancellationToken) is not { } now || contents.HasRoomAgain)
                return false;
            _mark = now;
            return true;
        }

        public async Task<IReadOnlyList<IReadOnlyList<GalleryMatch>>?> SearchAsync(
            IReadOnlyList<FaceOpinions> probes, GalleryQuery query, CancellationToken cancellationToken) =>
            await new GallerySearch(contents, reader, vault, unreadable).RunAsync(probes, query, cancellationToken);
    }
}
