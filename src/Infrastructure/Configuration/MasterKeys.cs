namespace FaceId.Infrastructure.Configuration;

/// <summary>
/// The master key in force and those it replaced, which open what they sealed. Key files are looked at again before each use, so that a
/// running server seals with a new key as soon as its file is there. Serves any number of threads.
/// </summary>
public sealed class MasterKeys : IDisposable
{
    public const string OldFileName = MasterKey.FileName + ".old";

    private const string OldVariable = "FACEID_KEY_OLD";

    private readonly FaceIdSettings _settings;
    private readonly string _file;
    private readonly string _oldFile;
    private readonly Lock _loading = new();

    // Keys that were let go of are cleared at the end only: somebody may be using them.
    private readonly List<MasterKey> _loaded = [];

    private volatile Ring _ring;

    private MasterKeys(FaceIdSettings settings)
    {
        _settings = settings;
        _file = Path.Combine(settings.DataFolder, MasterKey.FileName);
        _oldFile = Path.Combine(settings.DataFolder, OldFileName);
        _ring = Load(MasterKey.LoadOrCreate(settings), ReadStamp());
    }

    /// <summary>The key that seals.</summary>
    public MasterKey Current => Fresh().Keys[0];

    /// <summary>Every key that opens: the one in force, then the old ones, the last replaced first.</summary>
    public IReadOnlyList<MasterKey> All => Fresh().Keys;

    /// <summary>Whether the key in force is given by the environment, which only the operator can change.</summary>
    public bool IsGiven => _settings.Key is not null;

    /// <summary>
    /// The key of <c>FACEID_KEY</c>, otherwise of the data folder's key file, which is made when it is missing; and the old keys of
    /// <c>FACEID_KEY_OLD</c>, separated by commas, and of the file <c>faceid.key.old</c>, a line each.
    /// </summary>
    /// <exception cref="StartupException">A key is malformed, or its file is unreadable or open to other users.</exception>
    public static MasterKeys LoadOrCreate(FaceIdSettings settings) => new(settings);

    /// <summary>The key of this id, in force or old; null when nobody gave it.</summary>
    public MasterKey? Find(uint id) => _ring.Find(id) ?? Fresh().Find(id);

    /// <summary>
    /// Puts a new key in force. The old one is kept first, so that at no moment, whatever happens, a key is lost that something is sealed by.
    /// </summary>
    /// <param name="newKeyFile">A file that holds the new key; null for a random one.</param>
    /// <exception cref="StartupException">The key in force is not ours to change, or the new one is unreadable or no new one.</exception>
    public MasterKey Rotate(string? newKeyFile)
    {
        if (IsGiven)
            throw new StartupException("The key comes from FACEID_KEY: set FACEID_KEY to the new key and FACEID_KEY_OLD to the present one, start the servers anew, and run this again.");

        using var key = newKeyFile is null
            ? MasterKey.Random(_file)
            : KeyFile.Read(Path.GetFullPath(newKeyFile)) ?? throw new StartupException($"There is no key file {newKeyFile}.");
        var retired = Current;
        if (key.KeyId == retired.KeyId)
            throw new StartupException("The new key is the one in force already.");

        var kept = KeyFile.ReadAll(_oldFile);
        KeyFile.Replace(_oldFile, [retired, .. kept.Where(old => old.KeyId != retired.KeyId && old.KeyId != key.KeyId)]);
        KeyFile.Replace(_file, [key]);
        foreach (var old in kept)
        {
            old.Dispose();
        }

        return Current;
    }

    public void Dispose() => _loaded.ForEach(key => key.Dispose());

    private Ring Fresh()
    {
        var ring = _ring;
        if (ReadStamp() == ring.Stamp)
            return ring;

        lock (_loading)
        {
            var stamp = ReadStamp();
            if (stamp == _ring.Stamp)
                return _ring;

            try
            {
                return _ring = Load(IsGiven ? _ring.Keys[0] : KeyFile.Read(_file) ?? _ring.Keys[0], stamp);
            }
            catch (StartupException)
            {
                // A server goes on with the keys it has; what is wrong with the files is told at the next start.
                return _ring;
            }
        }
    }

    private Ring Load(MasterKey current, Stamp stamp)
    {
        MasterKey[] keys =
        [
            current, .. KeyFile.ReadAll(_oldFile), .. KeyFile.DecodeAll(_settings.OldKeys, ',', OldVariable),
        ];
        _loaded.AddRange(keys.Where(key => !_loaded.Contains(key)));
        return new Ring([.. keys.DistinctBy(key => key.KeyId)], stamp);
    }

    private Stamp ReadStamp() => new(IsGiven ? default : File.GetLastWriteTimeUtc(_file), File.GetLastWriteTimeUtc(_oldFile));

    private readonly record struct Stamp(DateTime Key, DateTime Old);

    private sealed record Ring(IReadOnlyList<MasterKey> Keys, Stamp Stamp)
    {
        public MasterKey? Find(uint id) => Keys.FirstOrDefault(key => key.KeyId == id);
    }
}
