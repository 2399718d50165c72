namespace FaceId.Infrastructure.Configuration;

/// <summary>
/// Something outside the program stops it from starting: a setting, a permission, a missing package. The message is one line
/// that tells the operator which part is wrong and what to do, never holds a secret, and is shown without a stack trace.
/// </summary>
public sealed class StartupException : Exception
{
    public StartupException(string message)
        : base(OneLine(message))
    {
    }

    /// <param name="innerException">Only a cause whose text cannot hold a secret; it ends up in logs.</param>
    public StartupException(string message, Exception innerException)
        : base(OneLine(message), innerException)
    {
    }

    private static string OneLine(string message) =>
        string.Join(' ', message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
