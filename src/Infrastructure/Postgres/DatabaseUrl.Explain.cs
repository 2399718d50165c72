using System.Net.Sockets;
using System.Security.Authentication;
using FaceId.Infrastructure.Configuration;
using Npgsql;

namespace FaceId.Infrastructure.Postgres;

public static partial class DatabaseUrl
{
    /// <summary>Says in one line why a connection could not be opened: which part of the settings is wrong, and what to do.</summary>
    /// <param name="exception">What opening the connection threw. It is looked at, not passed on.</param>
    public static StartupException Explain(Exception exception, NpgsqlConnectionStringBuilder database)
    {
        var said = Redact(exception, database);
        var text = exception switch
        {
            PostgresException refused => ExplainRefusal(refused, database),
            _ when Find<SocketException>(exception) is { } socket => ExplainSocket(socket, database),
            _ when Find<AuthenticationException>(exception) is { } tls => $"TLS with {Server(database)} failed: {Redact(tls, database)} Check sslmode and sslrootcert.",
            _ when Says(exception, "SSL") => $"TLS with {Server(database)} failed: {said} Check sslmode.",
            _ when Says(exception, "password has been provided") => $"the server wants a password for user '{database.Username}', and none is given.",
            _ when Find<FileNotFoundException>(exception) is { } file => $"the file {file.FileName} that it names does not exist.",
            _ when Find<TimeoutException>(exception) is not null => $"no answer from {Server(database)} within {database.Timeout} s. Check host, port and firewall.",
            _ when Find<IOException>(exception) is not null => $"{Server(database)} broke the connection off. Is PostgreSQL what listens there?",
            _ => $"no connection to {Server(database)}: {said}",
        };
        return new StartupException($"{Variable}: {text}");
    }

    private static string ExplainRefusal(PostgresException refused, NpgsqlConnectionStringBuilder database) => refused.SqlState switch
    {
        PostgresErrorCodes.InvalidPassword => $"the password of user '{database.Username}' is wrong, or {Server(database)} has no such user.",
        PostgresErrorCodes.InvalidAuthorizationSpecification when refused.MessageText.Contains("encryption", StringComparison.Ordinal)
            => $"{Server(database)} does not admit user '{database.Username}' this way ({refused.MessageText}). Check sslmode and the server's pg_hba.conf.",
        PostgresErrorCodes.InvalidAuthorizationSpecification => $"{Server(database)} does not admit user '{database.Username}': {refused.MessageText}.",
        PostgresErrorCodes.InvalidCatalogName => $"{Server(database)} has no database '{database.Database}'. Make it with: createdb '{database.Database}'",
        PostgresErrorCodes.InsufficientPrivilege => $"user '{database.Username}' may not connect to database '{database.Database}': {refused.MessageText}.",
        PostgresErrorCodes.TooManyConnections => $"{Server(database)} has no free connection. Raise its max_connections or lower 'Maximum Pool Size'.",
        PostgresErrorCodes.CannotConnectNow => $"{Server(database)} is starting or stopping ({refused.MessageText}). Try again in a moment.",
        _ => $"{Server(database)} refused the connection: {refused.MessageText} ({refused.SqlState}).",
    };

    private static string ExplainSocket(SocketException socket, NpgsqlConnectionStringBuilder database) => socket.SocketErrorCode switch
    {
        SocketError.HostNotFound or SocketError.NoData => $"the host '{database.Host}' is not known.",
        SocketError.TryAgain => $"the host '{database.Host}' cannot be looked up: no answer from the name server.",
        SocketError.ConnectionRefused => $"nothing listens on {Server(database)}. Check host and port, and that PostgreSQL runs.",
        SocketError.TimedOut => $"no answer from {Server(database)}. Check host, port and firewall.",
        SocketError.NetworkUnreachable or SocketError.HostUnreachable => $"the host '{database.Host}' cannot be reached from here.",
        SocketError.AccessDenied => $"{Server(database)} may not be opened by this user.",
        SocketError.AddressNotAvailable when IsSocket(database) => $"there is no {Server(database)}. Check the folder and the port, and that PostgreSQL runs.",
        _ => $"no connection to {Server(database)}: {socket.Message}.",
    };

    private static string Server(NpgsqlConnectionStringBuilder database) =>
        IsSocket(database) ? $"socket {database.Host}/.s.PGSQL.{database.Port}" : HostAndPort(database);

    private static bool Says(Exception exception, string words) => exception.Message.Contains(words, StringComparison.OrdinalIgnoreCase);

    private static T? Find<T>(Exception? exception)
        where T : Exception
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is T found)
                return found;
            if (exception is AggregateException several)
                return several.InnerExceptions.Select(Find<T>).FirstOrDefault(e => e is not null);
        }

        return null;
    }

    /// <summary>The last line of defence around words that are not ours; no known message holds the password.</summary>
    private static string Redact(Exception exception, NpgsqlConnectionStringBuilder database) =>
        string.IsNullOrEmpty(database.Password) ? exception.Message : exception.Message.Replace(database.Password, "***", StringComparison.Ordinal);
}
