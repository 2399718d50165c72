using FaceId.Application.Faces;
using FaceId.Domain.Faces;

namespace FaceId.Infrastructure.Search;

/// <summary>
/// The faces in memory: those with a template in one index, those that have only dlib's vector in another. While it is loaded several threads
/// put faces into it, each its own; afterwards one thread changes it. Any number search it.
/// </summary>
internal sealed class GalleryContents(ITemplateVault vault, UnreadableFaces unreadable, GalleryOptions options)
{
    /// <summary>Room that is left for enrolments at the same moment, of all servers.</summary>
    private const int Reserve = 100;

    private readonly Lock _lock = new();
    private readonly Dictionary<int, int> _facesOf = [];
    private readonly HashSet<int> _setAside = [];
    private double _dlibError;
    private int _room = options.MaxFaces;
    private bool _overflown;

    public FaceIndex Fused { get; } = new(FaceTemplate.Length);

    public FaceIndex Dlib { get; } = new(FaceModels.DlibLength);

    /// <summary>How far a vector of dlib's index may be from its steps.</summary>
    public double DlibError => Volatile.Read(ref _dlibError);

    public int Faces => Fused.Count + Dlib.Count;

    public int People
    {
        get
        {
            lock (_lock)
                return _facesOf.Count;
        }
    }

    public int SetAside
    {
        get
        {
            lock (_lock)
                return _setAside.Count;
        }
    }

    /// <summary>Whether there was no room for a face, so that the contents are not whole.</summary>
    public bool Overflown => Volatile.Read(ref _overflown);

    /// <summary>Whether so much room was made since that what is missing may fit.</summary>
    public bool HasRoomAgain
    {
        get
        {
            lock (_lock)
                return _overflown && _room > options.MaxFaces / 10;
        }
    }

    /// <summary>Whether there is room for some more.</summary>
    public bool HasRoom
    {
        get
        {
            lock (_lock)
                return _room > Math.Min(Reserve, options.MaxFaces / 100);
        }
    }

    /// <summary>Adds a face, or replaces what it was before.</summary>
    public void Put(in GalleryRow row)
    {
        Span<sbyte> steps = stackalloc sbyte[FaceTemplate.Length];
        var fused = row.Template is not null;
        try
        {
            if (fused)
                vault.OpenTemplate(row.Template, row.UserId).InSteps.CopyTo(steps);
            else
                ReadDlib(row, steps);
        }
        catch (TemplateUnreadableException exception)
        {
            Remove(row.FaceId);
            lock (_lock)
                _setAside.Add(row.FaceId);
            unreadable.Tell(row.FaceId, exception.Message);
            return;
        }

        var (index, other) = fused ? (Fused, Dlib) : (Dlib, Fused);
        var before = UserOf(row.FaceId);
        if (before == 0 && !TakeRoom())
            return;
        index.Add(row.FaceId, row.UserId, steps);
        steps.Clear();
        other.Remove(row.FaceId);
        lock (_lock)
        {
            _setAside.Remove(row.FaceId);
            if (before == row.UserId)
                return;
            _facesOf[row.UserId] = _facesOf.GetValueOrDefault(row.UserId) + 1;
            if (before != 0)
                Forget(before);
        }
    }

    public void Remove(int faceId)
    {
        var user = UserOf(faceId);
        if (user != 0)
        {
            Fused.Remove(faceId);
            Dlib.Remove(faceId);
        }

        lock (_lock)
        {
            _setAside.Remove(faceId);
            if (user == 0)
                return;
            _room++;
            Forget(user);
        }
    }

    private void ReadDlib(in GalleryRow row, Span<sbyte> steps)
    {
        var (_, error) = row.OpenDlib(vault, steps);

        // Told before the face can be found.
        for (var known = DlibError; error > known;)
        {
            var seen = Interlocked.CompareExchange(ref _dlibError, error, known);
            if (seen == known)
                return;
            known = seen;
        }
    }

    private bool TakeRoom()
    {
        lock (_lock)
        {
            if (_room == 0)
            {
                Volatile.Write(ref _overflown, true);
                return false;
            }

            _room--;
            return true;
        }
    }

    private int UserOf(int faceId) => Fused.UserOf(faceId) is > 0 and var user ? user : Dlib.UserOf(faceId);

    private void Forget(int userId)
    {
        if (_facesOf[userId] == 1)
            _facesOf.Remove(userId);
        else
            _facesOf[userId]--;
    }
}
