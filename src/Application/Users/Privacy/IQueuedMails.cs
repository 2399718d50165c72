namespace FaceId.Application.Users.Privacy;

/// <summary>The mails that wait to be sent, as far as they concern one person.</summary>
public interface IQueuedMails
{
    Task<IReadOnlyList<QueuedMail>> UnsentToAsync(int userId, CancellationToken cancellationToken);

    /// <summary>Takes back what was not sent yet and unlinks the rest, in the transaction at hand.</summary>
    Task ForgetAsync(int userId, CancellationToken cancellationToken);

    /// <summary>How many mails, sent or not, are linked to the person.</summary>
    Task<int> CountAsync(int userId, CancellationToken cancellationToken);
}

public sealed record QueuedMail(string Kind, DateTimeOffset CreatedAt);
