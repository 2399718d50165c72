namespace FaceId.Application.Users;

/// <summary>Takes mails that are to leave once the change they tell of is saved.</summary>
public interface IMailOutbox
{
    /// <summary>
    /// Puts a mail among the changes of the current <see cref="Common.IFaceIdDb"/>: it is saved in the same transaction, and sent
    /// after it. A mail whose event already has one is left out without an error.
    /// </summary>
    /// <exception cref="ArgumentException">A value that the text needs is missing.</exception>
    void Queue(Mail mail);
}
