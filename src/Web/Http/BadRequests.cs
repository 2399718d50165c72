using System.Text.Json;
using System.Text.RegularExpressions;
using ErrorOr;
using FaceId.Domain.Common;

namespace FaceId.Web.Http;

/// <summary>Says in plain words, and with the name of the field, what ASP.NET could not bind.</summary>
internal static partial class BadRequests
{
    public static List<Error> Explain(BadHttpRequestException exception)
    {
        if (exception.InnerException is JsonException json)
        {
            return [Explain(json)];
        }

        if (Parameter().Match(exception.Message) is { Success: true } match)
        {
            var name = match.Groups["name"].Value;
            return [Invalid.Field(name, $"The value of '{name}' cannot be read.")];
        }

        return [Broken(exception.Message.Contains("body", StringComparison.Ordinal)
            ? "Send a body with the request, as /openapi/v1.json describes it."
            : "The request cannot be read. Compare it with /openapi/v1.json.")];
    }

    private static Error Explain(JsonException exception)
    {
        if (Unknown().Match(exception.Message) is { Success: true } unknown)
        {
            var name = Named.Briefly(unknown.Groups["name"].Value);
            return Invalid.Field(name, $"There is no field '{name}' here; see /openapi/v1.json.");
        }

        if (Duplicate().Match(exception.Message) is { Success: true } duplicate)
        {
            var name = Named.Briefly(duplicate.Groups["name"].Value);
            return Invalid.Field(name, $"Give the field '{name}' once.");
        }

        if (exception.InnerException is JsonException)
        {
            return Broken($"The body is not valid JSON (line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}).");
        }

        var field = Named.Briefly(exception.Path?.TrimStart('$', '.') ?? "");
        return field.Length > 0
            ? Invalid.Field(field, $"The field '{field}' has a value of the wrong kind.")
            : Broken("The body is not the JSON object that is expected; see /openapi/v1.json.");
    }

    private static Error Broken(string sentence) => Error.Validation("validation", sentence);

    [GeneratedRegex("parameter \"\\S+ (?<name>\\w+)\"", RegexOptions.CultureInvariant)]
    private static partial Regex Parameter();

    [GeneratedRegex("^The JSON property '(?<name>.*)' could not be mapped", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Unknown();

    [GeneratedRegex("^Duplicate property '(?<name>.*)' encountered", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Duplicate();
}
