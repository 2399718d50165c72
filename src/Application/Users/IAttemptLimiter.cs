using ErrorOr;

namespace FaceId.Application.Users;

/// <summary>
/// Slows guessing down. What is guessed at has a counter; a guess counts as failed from the moment it begins, so that many at once
/// gain nothing, and is taken back when it was right.
/// </summary>
public interface IAttemptLimiter
{
    /// <summary>Counts one attempt against all of these, or refuses it because one of them must wait.</summary>
    /// <returns>The refusal <c>too_many_attempts</c>, with the time to wait.</returns>
    Task<ErrorOr<Success>> BeginAsync(IReadOnlyList<Guess> guesses, CancellationToken cancellationToken);

    /// <summary>The attempt was right: its counters start again from zero.</summary>
    Task ForgetAsync(IReadOnlyList<Guess> guesses, CancellationToken cancellationToken);
}

/// <summary>One thing that is guessed at.</summary>
/// <param name="Subject">Whose it is: an address, an id; stored as a keyed hash only.</param>
public readonly record struct Guess(GuessKind Kind, string Subject);

public enum GuessKind
{
    /// <summary>A password of an account, by somebody on a device that never signed in to it.</summary>
    Password,

    /// <summary>A password of an account, on a device that has signed in to it before.</summary>
    PasswordOnKnownDevice,

    /// <summary>Any password, from one network address.</summary>
    Address,

    /// <summary>A code of an account's second factor.</summary>
    SecondFactor,

    /// <summary>A proof for a sensitive request, within a session.</summary>
    Proof,

    /// <summary>A face beside such a proof: five an hour.</summary>
    Face,

    /// <summary>A liveness session about a person, by one caller; given up counts as failed.</summary>
    Liveness,
}
