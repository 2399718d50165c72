using System.Globalization;
using System.Text;

namespace FaceId.Infrastructure.Configuration;

/// <summary>
/// Reads a <c>.env</c> file: <c>NAME=value</c> lines, an optional <c>export</c> before the name, <c># comments</c>, and values in
/// 'single' quotes (taken literally) or "double" quotes (with \n, \r, \t, \", \\ and \$). Nothing is interpolated, so a password
/// with a dollar sign stays what it is. Lines that are none of this are errors that name the line and never show its text.
/// </summary>
/// <remarks>
/// Own code because the packages do not fit: dotenv.net passes over malformed lines and keeps <c>export</c> in the name,
/// DotNetEnv interpolates dollar signs and quotes the file in its errors.
/// </remarks>
public static class DotEnv
{
    public const string FileName = ".env";

    /// <summary>
    /// Puts the variables of the folder's <c>.env</c> into this process's environment, except those that are already there: the
    /// environment wins. Call it before the configuration is built. Without such a file nothing happens.
    /// </summary>
    /// <param name="folder">The current directory when null.</param>
    /// <exception cref="StartupException">The file cannot be read or has a malformed line.</exception>
    public static void Load(string? folder = null)
    {
        foreach (var (name, value) in Read(Path.Combine(folder ?? Directory.GetCurrentDirectory(), FileName)))
        {
            if (Environment.GetEnvironmentVariable(name) is null)
                Environment.SetEnvironmentVariable(name, value);
        }
    }

    /// <summary>The variables of a file; empty when it does not exist. Of a name that stands there twice, the last one counts.</summary>
    /// <exception cref="StartupException">The file cannot be read or has a malformed line.</exception>
    public static IReadOnlyDictionary<string, string> Read(string path)
    {
        if (!File.Exists(path))
            return new Dictionary<string, string>();

        string[] lines;
        try
        {
            lines = File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"{path} cannot be read: {e.Message}", e);
        }

        return Parse(lines, path);
    }

    /// <param name="source">What errors call the file.</param>
    /// <exception cref="StartupException">A line is malformed.</exception>
    public static IReadOnlyDictionary<string, string> Parse(IReadOnlyList<string> lines, string source = FileName)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < lines.Count; i++)
        {
            var line = lines[i].AsSpan().Trim();
            if (line.IsEmpty || line[0] == '#')
                continue;

            var problem = TryParseLine(line, out var name, out var value);
            if (problem is not null)
                throw new StartupException(string.Create(CultureInfo.InvariantCulture, $"{source}, line {i + 1}: {problem}"));
            variables[name] = value;
        }

        return variables;
    }

    /// <returns>What is wrong, without any of the line's text, or null.</returns>
    private static string? TryParseLine(ReadOnlySpan<char> line, out string name, out string value)
    {
        name = value = "";
        const string export = "export";
        if (line.StartsWith(export) && line.Length > export.Length && char.IsWhiteSpace(line[export.Length]))
            line = line[export.Length..].TrimStart();

        var equals = line.IndexOf('=');
        if (equals < 0)
            return "there is no '='; write NAME=value.";

        var left = line[..equals].TrimEnd();
        if (!IsName(left))
            return "the part before '=' is not a variable's name: letters, digits and underscores, not beginning with a digit.";

        name = left.ToString();
        var right = line[(equals + 1)..].TrimStart();
        return right switch
        {
            ['\'', ..] => ReadLiteral(right, out value),
            ['"', ..] => ReadEscaped(right, out value),
            _ => ReadBare(line[(equals + 1)..], out value),
        };
    }

    private static bool IsName(ReadOnlySpan<char> name)
    {
        if (name.IsEmpty || char.IsAsciiDigit(name[0]))
            return false;
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '.' or '-'))
                return false;
        }

        return true;
    }

    private static string? ReadBare(ReadOnlySpan<char> text, out string value)
    {
        // A '#' begins a comment only after white space: passwords and URLs may hold one.
        var end = text.Length;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '#' && i > 0 && char.IsWhiteSpace(text[i - 1]))
            {
                end = i;
                break;
            }
        }

        value = text[..end].Trim().ToString();
        return null;
    }

    private static string? ReadLiteral(ReadOnlySpan<char> text, out string value)
    {
        var close = text[1..].IndexOf('\'');
        value = close < 0 ? "" : text.Slice(1, close).ToString();
        return close < 0 ? "the closing ' is missing." : CheckRest(text[(close + 2)..]);
    }

    private static string? ReadEscaped(ReadOnlySpan<char> text, out string value)
    {
        var builder = new StringBuilder(text.Length);
        for (var i = 1; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '"':
                    value = builder.ToString();
                    return CheckRest(text[(i + 1)..]);
                case '\\' when i + 1 < text.Length:
                    i++;
                    builder.Append(text[i] switch
                    {
                        'n' => "\n",
                        'r' => "\r",
                        't' => "\t",
                        '"' or '\\' or '$' => text[i].ToString(),
                        _ => $"\\{text[i]}",
                    });
                    break;
                default:
                    builder.Append(text[i]);
                    break;
            }
        }

        value = "";
        return "the closing \" is missing.";
    }

    private static string? CheckRest(ReadOnlySpan<char> rest)
    {
        rest = rest.TrimStart();
        return rest.IsEmpty || rest[0] == '#' ? null : "something follows the closing quote; write \\\" for a quote inside \"double\" quotes.";
    }
}
