using System.Collections.Frozen;
using System.Data.Common;
using System.Globalization;
using System.Text.RegularExpressions;
using FaceId.Infrastructure.Configuration;
using Npgsql;

namespace FaceId.Infrastructure.Postgres;

/// <summary>
/// Understands <c>DATABASE_URL</c>: a postgres:// URL as libpq defines it, or an Npgsql connection string. Errors say which part
/// is wrong in one line and never repeat text that could belong to the password.
/// </summary>
public static partial class DatabaseUrl
{
    private const string Variable = "DATABASE_URL";
    private const string Shape = "postgres://user:password@host:5432/facedb";
    private const int DefaultPort = 5432;

    /// <summary>The parameters of libpq that a URL may carry, by the name that Npgsql gives them.</summary>
    private static readonly FrozenDictionary<string, string> LibpqNames = new Dictionary<string, string>
    {
        ["application_name"] = "Application Name",
        ["channel_binding"] = "Channel Binding",
        ["client_encoding"] = "Client Encoding",
        ["connect_timeout"] = "Timeout",
        ["dbname"] = "Database",
        ["gssencmode"] = "GSS Encryption Mode",
        ["host"] = "Host",
        ["hostaddr"] = "Host",
        ["keepalives"] = "Tcp Keepalive",
        ["keepalives_idle"] = "Tcp Keepalive Time",
        ["keepalives_interval"] = "Tcp Keepalive Interval",
        ["krbsrvname"] = "Kerberos Service Name",
        ["load_balance_hosts"] = "Load Balance Hosts",
        ["options"] = "Options",
        ["passfile"] = "Passfile",
        ["password"] = "Password",
        ["port"] = "Port",
        ["require_auth"] = "Require Auth",
        ["sslcert"] = "SSL Certificate",
        ["sslkey"] = "SSL Key",
        ["sslmode"] = "SSL Mode",
        ["sslnegotiation"] = "SSL Negotiation",
        ["sslpassword"] = "SSL Password",
        ["sslrootcert"] = "Root Certificate",
        ["target_session_attrs"] = "Target Session Attributes",
        ["user"] = "Username",
    }.ToFrozenDictionary();

    /// <summary>The keywords of an Npgsql string that are proposed for mistyped ones.</summary>
    private static readonly string[] Keywords =
    [
        "Application Name", "Command Timeout", "Database", "Host", "Maximum Pool Size", "Password", "Pooling", "Port", "Root Certificate",
        "Search Path", "SSL Mode", "Timeout", "Username",
    ];

    /// <summary>What may be written for the parameters that are most often mistyped.</summary>
    private static readonly FrozenDictionary<string, string> Choices = new Dictionary<string, string>
    {
        ["sslmode"] = "disable, allow, prefer, require, verify-ca or verify-full",
        ["channel_binding"] = "disable, prefer or require",
        ["gssencmode"] = "disable, prefer or require",
        ["load_balance_hosts"] = "disable or random",
        ["target_session_attrs"] = "any, primary, standby, prefer-primary, prefer-standby, read-write or read-only",
    }.ToFrozenDictionary();

    /// <summary>A builder with our defaults; whatever the value names wins over them.</summary>
    /// <exception cref="StartupException">Some part is missing or wrong.</exception>
    public static NpgsqlConnectionStringBuilder Parse(string value)
    {
        var text = value.Trim();
        if (text.Length == 0)
            throw Wrong($"it is empty. Write {Shape}, or leave it out to use the embedded PostgreSQL.");

        var separator = text.IndexOf("://", StringComparison.Ordinal);
        var assignment = text.IndexOf('=');
        var database = separator >= 0 && (assignment < 0 || separator < assignment)
            ? ParseUrl(text[..separator], text[(separator + 3)..])
            : ParseConnectionString(text);

        if (string.IsNullOrEmpty(database.Host))
            throw Wrong($"the host is missing. Write {Shape}; for a Unix socket add ?host=/var/run/postgresql.");
        if (string.IsNullOrEmpty(database.Database))
            throw Wrong($"the database's name is missing. Write {Shape}.");
        if (string.IsNullOrEmpty(database.Username) && !IsSocket(database))
            throw Wrong($"the user is missing. Write {Shape}.");
        return database;
    }

    /// <summary>Names the database for people: no password, no parameters.</summary>
    public static string Describe(NpgsqlConnectionStringBuilder database)
    {
        var user = string.IsNullOrEmpty(database.Username) ? "" : $"{database.Username}@";
        return IsSocket(database)
            ? $"postgres://{user}/{database.Database} over the socket in {database.Host}"
            : $"postgres://{user}{HostAndPort(database)}/{database.Database}";
    }

    /// <summary>Ours for every connection: bounded pools, statements parsed once, failures seen early, and no search for Kerberos that nobody asked for.</summary>
    internal static NpgsqlConnectionStringBuilder Defaults() => new()
    {
        ApplicationName = "faceid",
        MaxPoolSize = 30,
        MaxAutoPrepare = 50,
        Timeout = 10,
        KeepAlive = 30,
        GssEncryptionMode = GssEncryptionMode.Disable,
    };

    private static bool IsSocket(NpgsqlConnectionStringBuilder database) => database.Host is ['/', ..] or ['@', ..];

    private static string HostAndPort(NpgsqlConnectionStringBuilder database) => database.Host switch
    {
        null => "",
        var several when several.Contains(',') => several,
        var v6 when v6.Contains(':') && v6[0] != '[' => string.Create(CultureInfo.InvariantCulture, $"[{v6}]:{database.Port}"),
        var host => string.Create(CultureInfo.InvariantCulture, $"{host}:{database.Port}"),
    };

    private static NpgsqlConnectionStringBuilder ParseUrl(string scheme, string rest)
    {
        if (!scheme.Equals("postgres", StringComparison.OrdinalIgnoreCase) && !scheme.Equals("postgresql", StringComparison.OrdinalIgnoreCase))
        {
            var named = SchemeName().IsMatch(scheme) ? $"the scheme '{scheme}' is not PostgreSQL's" : "the scheme is not PostgreSQL's";
            throw Wrong($"{named}. Write {Shape}.");
        }

        var end = rest.IndexOfAny(['/', '?']);
        var authority = end < 0 ? rest : rest[..end];
        var path = end < 0 ? "" : rest[end..];
        // An '@' after the host is nearly always one that ended a password with a bare slash or question mark in it. Whatever
        // could be said about the parts would then quote that password.
        if (path.Contains('@'))
            throw Wrong("a '/', '?' or '@' stands where none belongs. Inside the user, password or a parameter write %2F, %3F, %40.");

        var query = "";
        if (path.IndexOf('?') is >= 0 and var mark)
            (path, query) = (path[..mark], path[(mark + 1)..]);

        var database = Defaults();
        var at = authority.LastIndexOf('@');
        if (at >= 0)
            ReadUser(authority[..at], database);
        ReadHosts(authority[(at + 1)..], database);
        if (path.Length > 1)
            database.Database = Unescape(path[1..], "database's name");
        ReadParameters(query, database);
        return database;
    }

    private static void ReadUser(string userInfo, NpgsqlConnectionStringBuilder database)
    {
        var colon = userInfo.IndexOf(':');
        database.Username = Unescape(colon < 0 ? userInfo : userInfo[..colon], "user");
        if (colon >= 0)
            database.Password = Unescape(userInfo[(colon + 1)..], "password");
    }

    private static void ReadHosts(string text, NpgsqlConnectionStringBuilder database)
    {
        if (text.Length == 0)
            return;

        var hosts = text.Split(',').Select(ReadHost).ToArray();
        if (hosts is [var (host, port)])
        {
            database.Host = host;
            database.Port = port;
            return;
        }

        database.Host = string.Join(',', hosts.Select(h => string.Create(
            CultureInfo.InvariantCulture, $"{(h.Host.Contains(':') ? $"[{h.Host}]" : h.Host)}:{h.Port}")));
    }

    private static (string Host, int Port) ReadHost(string text)
    {
        string host, port;
        if (text is ['[', ..])
        {
            var close = text.IndexOf(']');
            if (close < 0 || !System.Net.IPAddress.TryParse(text[1..close], out _))
                throw Wrong("the host begins with '[' but is no IPv6 address like [::1].");
            (host, port) = (text[1..close], text[(close + 1)..]);
            if (port.Length > 0 && port[0] != ':')
                throw Wrong("something other than ':port' follows the host's ']'.");
            port = port.TrimStart(':');
        }
        else
        {
            var colon = text.IndexOf(':');
            (host, port) = colon < 0 ? (text, "") : (text[..colon], text[(colon + 1)..]);
            if (port.Contains(':'))
                throw Wrong("the host has more than one ':'; write an IPv6 address as [::1].");
            host = Unescape(host, "host");
        }

        if (host.Length == 0)
            throw Wrong($"the host is missing. Write {Shape}.");
        if (!HostName().IsMatch(host))
            throw Wrong("the host holds a character that no host name has.");
        return (host, port.Length == 0 ? DefaultPort : ReadPort(port));
    }

    private static int ReadPort(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= 1 and <= 65535
            ? port
            : throw Wrong($"the port is not a number from 1 to 65535. Write {Shape}.");

    private static void ReadParameters(string query, NpgsqlConnectionStringBuilder database)
    {
        foreach (var part in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=');
            if (equals <= 0)
                throw Wrong("a parameter after the '?' is not name=value.");

            var name = Unescape(part[..equals], "parameters");
            var value = Unescape(part[(equals + 1)..], $"parameter {Quote(name)}");
            var keyword = LibpqNames.GetValueOrDefault(name) ?? name;
            if (!database.ContainsKey(keyword))
                throw Wrong($"the parameter {Quote(name)} is unknown{Suggest(name, LibpqNames.Keys)}");
            Set(database, keyword, name, value);
        }
    }

    private static NpgsqlConnectionStringBuilder ParseConnectionString(string text)
    {
        var pairs = new DbConnectionStringBuilder();
        try
        {
            pairs.ConnectionString = text;
        }
        catch (ArgumentException)
        {
            // The exception's text holds a position at most, but an inner one may come with the value.
            throw Wrong($"it is neither a postgres:// URL nor a list of Name=value; pairs. Write {Shape}; put a value with ';' or '=' in it in quotes.");
        }

        var database = Defaults();
        var afterPassword = false;
        foreach (string keyword in pairs.Keys)
        {
            var value = pairs[keyword].ToString() ?? "";
            if (!database.ContainsKey(keyword))
            {
                // After a password that lacks its quotes this is a part of it.
                throw Wrong(afterPassword
                    ? $"a keyword after the password is unknown{Suggest(keyword, Keywords)} A password with ';' or '=' in it needs quotes: Password='...'."
                    : $"the keyword {Quote(keyword)} is unknown{Suggest(keyword, Keywords)}");
            }

            if (LibpqPairs().IsMatch(value))
                throw Wrong($"it looks like libpq's list of name=value with spaces; separate the pairs with ';', or write {Shape}.");
            afterPassword |= IsPassword(keyword);
            Set(database, keyword, keyword, value);
        }

        return database;
    }

    private static void Set(NpgsqlConnectionStringBuilder database, string keyword, string name, string value)
    {
        if (keyword.Equals("Port", StringComparison.OrdinalIgnoreCase))
        {
            database.Port = ReadPort(value);
            return;
        }

        var translated = keyword switch
        {
            // libpq writes verify-full, Npgsql VerifyFull.
            "SSL Mode" => value.Replace("-", "", StringComparison.Ordinal),
            "Load Balance Hosts" when value is "random" or "disable" => value is "random" ? "true" : "false",
            "Tcp Keepalive" when value is "0" or "1" => value is "1" ? "true" : "false",
            _ => value,
        };
        try
        {
            database[keyword] = translated;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or OverflowException or NotSupportedException)
        {
            // Neither the exception nor the value is passed on: with a slip in the quoting it could be part of the password.
            var choices = Choices.GetValueOrDefault(name);
            throw Wrong($"the value of {Quote(name)} is not valid{(choices is null ? "" : $"; write {choices}")}.");
        }
    }

    private static string Unescape(string text, string part)
    {
        for (var i = text.IndexOf('%'); i >= 0; i = text.IndexOf('%', i + 1))
        {
            if (i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2]))
                throw Wrong($"the {part} holds a '%' without two hexadecimal digits after it; write a percent sign as %25.");
        }

        // Bytes that are not UTF-8 stay escaped.
        var plain = Uri.UnescapeDataString(text);
        if (Uri.UnescapeDataString(text.Replace("%25", "", StringComparison.Ordinal)).Contains('%'))
            throw Wrong($"the {part} holds escaped bytes that are not UTF-8.");
        return plain.Contains('\0') ? throw Wrong($"the {part} holds a zero byte.") : plain;
    }

    private static bool IsPassword(string keyword) =>
        keyword.Replace(" ", "", StringComparison.Ordinal).ToUpperInvariant() is "PASSWORD" or "PSW" or "PWD" or "SSLPASSWORD";

    /// <summary>Names the known word that was probably meant; never the unknown one.</summary>
    private static string Suggest(string name, IEnumerable<string> known) =>
        known.Where(k => k.Length > 2 && Distance(name, k) <= 2).MinBy(k => Distance(name, k)) is { } meant ? $"; did you mean '{meant}'?" : ".";

    /// <summary>How many letters have to be put in, left out or changed to make one word of the other (Levenshtein), in any case.</summary>
    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 0; i < left.Length; i++)
        {
            var diagonal = row[0]++;
            for (var j = 0; j < right.Length; j++)
            {
                var changed = diagonal + (char.ToUpperInvariant(left[i]) == char.ToUpperInvariant(right[j]) ? 0 : 1);
                diagonal = row[j + 1];
                row[j + 1] = Math.Min(changed, Math.Min(diagonal, row[j]) + 1);
            }
        }

        return row[^1];
    }

    private static string Quote(string name) => ParameterName().IsMatch(name) ? $"'{name}'" : "(unreadable)";

    private static StartupException Wrong(string what) => new($"{Variable}: {what}");

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9+.:-]{0,30}$", RegexOptions.CultureInvariant)]
    private static partial Regex SchemeName();

    [GeneratedRegex(@"^([\p{L}\p{N}._-]+|[/@][^\s]+|[0-9A-Fa-f:.]+(%\w+)?)$", RegexOptions.CultureInvariant)]
    private static partial Regex HostName();

    [GeneratedRegex(@"^[\p{L}\p{N}_ .-]{1,40}$", RegexOptions.CultureInvariant)]
    private static partial Regex ParameterName();

    [GeneratedRegex(@"\s(host|port|user|password|dbname|sslmode)\s*=", RegexOptions.CultureInvariant)]
    private static partial Regex LibpqPairs();
}
