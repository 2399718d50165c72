using System.Security.Cryptography;
using System.Text;
using ErrorOr;
using FaceId.Application.Users;
using FaceId.Domain.Users;
using FaceId.Infrastructure.Concurrency;
using FaceId.Infrastructure.Interop;

namespace FaceId.Infrastructure.Users;

/// <summary>
/// bcrypt of the normalised password. bcrypt reads 72 bytes, and repeats what ends in a zero byte, so that a password that fills or passes
/// either goes through SHA-384 first and its hash carries a marker; every other hash is plain bcrypt, as other programs write and read it.
/// </summary>
/// <remarks>
/// A verification that fails takes the same work whatever is stored, and when nothing is: a hash of a lower cost is made up for. Only
/// hashes of a higher cost than is set now take longer.
/// </remarks>
internal sealed class PasswordHasher : IPasswordHasher, IDisposable
{
    private const int BcryptLimit = 72;
    private const string BcryptDigits = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>Hashed in place of what cannot be the password, for the time it takes.</summary>
    private const string AnyText = "any";

    /// <summary>Revision of the first bcrypt of PHP, which read letters beyond ASCII wrongly.</summary>
    private const char FaultyRevision = 'x';

    /// <summary>A third of an ordinary thread's share of a processor that both want.</summary>
    private const int Niceness = 5;

    private readonly int _cost;
    private readonly WorkerGate _gate;
    private readonly StoredHash _nobody;
    private long _rounds;

    public PasswordHasher(PasswordSettings settings, TimeProvider time)
    {
        _cost = settings.BcryptCost;
        _gate = new WorkerGate(settings.Workers, settings.QueueLength, time);
        _nobody = StoredHash.Parse($"$2a${_cost:00}${RandomNumberGenerator.GetString(BcryptDigits, 53)}")!;
    }

    /// <summary>The rounds of bcrypt done so far: the one measure of time that does not depend on the machine.</summary>
    internal long Rounds => Interlocked.Read(ref _rounds);

    public Task<ErrorOr<string>> HashAsync(string password, CancellationToken cancellationToken)
    {
        var text = Password.Normalise(password) ?? throw new ArgumentException("The password is no Unicode text.", nameof(password));
        return InSlotAsync(() => Hash(text), cancellationToken);
    }

    public Task<ErrorOr<bool>> VerifyAsync(string password, string? hash, CancellationToken cancellationToken) =>
        InSlotAsync(() => Verify(password, StoredHash.Parse(hash)), cancellationToken);

    public bool NeedsRehash(string hash) => StoredHash.Parse(hash) is not { Revision: not FaultyRevision } stored || stored.Cost < _cost;

    public void Dispose() => _gate.Dispose();

    private async Task<ErrorOr<T>> InSlotAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        using var pass = await _gate.EnterAsync(cancellationToken);
        return pass is null ? UserErrors.Busy(_gate.RetryAfter) : await OnThreadOfItsOwn(work);
    }

    /// <summary>
    /// A hash takes a quarter of a second. On a thread of the pool, which on a machine of one processor has no other, every other request would
    /// wait for it, and for the processor it is the last in line.
    /// </summary>
    private static Task<T> OnThreadOfItsOwn<T>(Func<T> work)
    {
        var task = new Task<T>(work, TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            Libc.YieldThread(Niceness);
            task.RunSynchronously(TaskScheduler.Default);
        })
        {
            IsBackground = true,
            Name = "password",
        };
        thread.Start();
        return task;
    }

    private string Hash(string text) =>
        FitsBcrypt(text, BcryptLimit - 1) ? Bcrypt(text, _cost) : StoredHash.DigestMarker + Bcrypt(Digest(text), _cost);

    private bool Verify(string password, StoredHash? stored)
    {
        // Other programs, and older versions of this one, hashed the text as it came.
        var normalised = Password.Normalise(password);
        string[] spellings = normalised is null ? [AnyText] : normalised == password ? [password] : [normalised, password];

        foreach (var spelling in spellings)
        {
            if (Matches(spelling, stored ?? _nobody) && stored is not null && normalised is not null)
            {
                return true;
            }

            // Half the rounds, a quarter, and so on, down to the stored cost, are together what it lacks of the cost of today.
            for (var cost = stored?.Cost ?? _cost; cost < _cost; cost++)
            {
                Bcrypt(AnyText, cost);
            }
        }

        return false;
    }

    private bool Matches(string text, StoredHash stored)
    {
        Count(stored.Cost);

        // bcrypt alone would take the first 72 bytes for the whole. It is asked all the same, for the time it takes.
        return stored.IsOfDigest
            ? BCrypt.Net.BCrypt.Verify(Digest(text), stored.Bcrypt)
            : BCrypt.Net.BCrypt.Verify(text, stored.Bcrypt) && FitsBcrypt(text, BcryptLimit);
    }

    private string Bcrypt(string text, int cost)
    {
        Count(cost);
        return BCrypt.Net.BCrypt.HashPassword(text, cost);
    }

    private void Count(int cost) => Interlocked.Add(ref _rounds, 1L << cost);

    // A hash of exactly 72 bytes, in the hands of another program, lets in whatever begins with them: we make none, and read those there are.
    private static bool FitsBcrypt(string text, int limit) =>
        Encoding.UTF8.GetByteCount(text) <= limit && !text.Contains('\0', StringComparison.Ordinal);

    private static string Digest(string text) => Convert.ToBase64String(SHA384.HashData(Encoding.UTF8.GetBytes(text)));
}
