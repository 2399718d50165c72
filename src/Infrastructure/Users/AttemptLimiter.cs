using System.Security.Cryptography;
using System.Text;
using ErrorOr;
using FaceId.Application.Users;
using FaceId.Domain.Users;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Security;
using Npgsql;

namespace FaceId.Infrastructure.Users;

/// <summary>
/// Counts attempts in the database, so that they count on every node and outlast a restart. From the fifth failure in a row on each costs
/// a wait that doubles, from 30 seconds to an hour (NIST SP 800-63B-4, 3.2.2); after 100 a stranger's door stays shut until the password is reset.
/// </summary>
internal sealed class AttemptLimiter : IAttemptLimiter, IDisposable
{
    private static readonly TimeSpan Forever = TimeSpan.FromDays(36_500);

    // One statement, so that no number of simultaneous attempts gets past the count. The counter of a network address, which many may
    // share, is forgotten after a quiet hour; the others only by success.
    private const string Count = """
        INSERT INTO attempt_counters AS c (key, failures, last_failed_at, blocked_until)
        VALUES ($1, 1, $2, to_timestamp(0))
        ON CONFLICT (key) DO UPDATE SET
            failures = CASE WHEN $3 AND c.last_failed_at < $2 - interval '1 hour' THEN 1 ELSE c.failures + 1 END,
            last_failed_at = $2,
            blocked_until = CASE
                WHEN $3 AND c.last_failed_at < $2 - interval '1 hour' THEN to_timestamp(0)
                WHEN c.failures + 1 >= $6 THEN $7
                WHEN c.failures + 1 >= $4 THEN $2 + least(interval '1 hour', interval '30 seconds' * power(2, least(10, (c.failures + 1 - $4) / $5)))
                ELSE to_timestamp(0) END
        WHERE c.blocked_until <= $2
        RETURNING failures
        """;

    private readonly NpgsqlDataSource _database;
    private readonly TimeProvider _time;
    private readonly DerivedKeys _keys;

    public AttemptLimiter(NpgsqlDataSource database, MasterKeys masterKeys, TimeProvider time)
    {
        (_database, _time) = (database, time);
        _keys = new DerivedKeys(masterKeys, "users/attempt-counter/v1");
    }

    public async Task<ErrorOr<Success>> BeginAsync(IReadOnlyList<Guess> guesses, CancellationToken cancellationToken)
    {
        var counted = new List<Guess>(guesses.Count);
        foreach (var guess in guesses)
        {
            if (!await CountAsync(guess, cancellationToken))
            {
                // An attempt that was not made fails nowhere.
                await TakeBackAsync(counted, cancellationToken);
                return UserErrors.TooManyAttempts(await WaitAsync(guess, cancellationToken));
            }

            counted.Add(guess);
        }

        return Result.Success;
    }

    public async Task ForgetAsync(IReadOnlyList<Guess> guesses, CancellationToken cancellationToken)
    {
        await using var command = _database.CreateCommand("DELETE FROM attempt_counters WHERE key = ANY ($1)");
        command.Parameters.Add(new NpgsqlParameter { Value = guesses.Where(guess => guess.Kind != GuessKind.Address).Select(Key).ToArray() });
        await command.ExecuteNonQueryAsync(cancellationToken);

        // Who has one account of their own must not be able to clear the way to those of others.
        await TakeBackAsync([.. guesses.Where(guess => guess.Kind == GuessKind.Address)], cancellationToken);
    }

    public void Dispose() => _keys.Dispose();

    private async Task<bool> CountAsync(Guess guess, CancellationToken cancellationToken)
    {
        var (patience, perStep, limit, end, forgets) = Rules(guess.Kind);
        var now = _time.GetUtcNow();
        await using var command = _database.CreateCommand(Count);
        command.Parameters.Add(new NpgsqlParameter { Value = Key(guess) });
        command.Parameters.Add(new NpgsqlParameter { Value = now });
        command.Parameters.Add(new NpgsqlParameter { Value = forgets });
        command.Parameters.Add(new NpgsqlParameter { Value = patience });
        command.Parameters.Add(new NpgsqlParameter { Value = perStep });
        command.Parameters.Add(new NpgsqlParameter { Value = limit });
        command.Parameters.Add(new NpgsqlParameter { Value = now + end });
        return await command.ExecuteScalarAsync(cancellationToken) is not null;
    }

    private async Task TakeBackAsync(List<Guess> guesses, CancellationToken cancellationToken)
    {
        if (guesses.Count == 0)
        {
            return;
        }

        await using var command = _database.CreateCommand("UPDATE attempt_counters SET failures = failures - 1, blocked_until = to_timestamp(0) WHERE key = ANY ($1)");
        command.Parameters.Add(new NpgsqlParameter { Value = guesses.Select(Key).ToArray() });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <returns>How long it is blocked; null for good.</returns>
    private async Task<TimeSpan?> WaitAsync(Guess guess, CancellationToken cancellationToken)
    {
        await using var command = _database.CreateCommand("SELECT blocked_until FROM attempt_counters WHERE key = $1");
        command.Parameters.Add(new NpgsqlParameter { Value = Key(guess) });
        if (await command.ExecuteScalarAsync(cancellationToken) is not DateTime until)
        {
            return TimeSpan.FromSeconds(1);
        }

        var wait = new DateTimeOffset(until) - _time.GetUtcNow();
        return wait > Forever / 2 ? null : wait;
    }

    /// <summary>From which failure on there are waits, after how many more each doubles, at how many it ends for how long, and whether an hour's rest forgives.</summary>
    private static (int Patience, int PerStep, int Limit, TimeSpan End, bool Forgets) Rules(GuessKind kind) => kind switch
    {
        GuessKind.Password => (5, 1, 100, Forever, false),
        GuessKind.PasswordOnKnownDevice => (5, 1, 100, Forever, false),
        GuessKind.Address => (20, 10, int.MaxValue, Forever, true),
        // Whoever gets as far as these knows the password, or holds a session.
        GuessKind.SecondFactor => (5, 1, int.MaxValue, Forever, false),
        GuessKind.Proof => (5, 1, int.MaxValue, Forever, false),
        // There is always another way, so nobody is locked out.
        GuessKind.Face => (5, 1, 5, TimeSpan.FromHours(1), true),
        // People need a few tries, and what is held up in a person's place must not have many.
        GuessKind.Liveness => (20, 5, int.MaxValue, Forever, true),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "A kind of guess without rules."),
    };

    private byte[] Key(Guess guess) => HMACSHA256.HashData(_keys.Current, Encoding.UTF8.GetBytes($"{guess.Kind}\0{guess.Subject}"));
}
