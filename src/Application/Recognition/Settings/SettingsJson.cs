using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using ErrorOr;
using FaceId.Domain.Common;
using FaceId.Domain.Recognition;

namespace FaceId.Application.Recognition.Settings;

/// <summary>Recognition settings as JSON, whole or by the names of single members such as <c>falseMatchRates.verify</c>.</summary>
public static class SettingsJson
{
    /// <summary>The row's name in the table of settings.</summary>
    public const string Name = "recognition";

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { NumberHandling = JsonNumberHandling.Strict };

    /// <summary>The names of all members.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Members(new RecognitionSettings()).Select(member => member.Name)];

    public static string Write(RecognitionSettings settings) => JsonSerializer.Serialize(settings, Options);

    /// <summary>Reads what is stored, which another version of the program may have written: members that are not there are as configured, unknown ones nothing.</summary>
    /// <returns>What is wrong with it, when somebody else wrote it.</returns>
    public static ErrorOr<RecognitionSettings> Read(string json, RecognitionSettings configured)
    {
        try
        {
            var whole = Node(configured);
            Put(whole, JsonNode.Parse(json) as JsonObject ?? throw new JsonException("It is not an object."));
            var settings = whole.Deserialize<RecognitionSettings>(Options)!;
            return settings.Check() is { Count: > 0 } errors ? errors.ToList() : settings;
        }
        catch (JsonException exception)
        {
            return Invalid.Field(Name, exception.Message);
        }
    }

    /// <summary>The same settings with one member changed, by whatever rules; only a value of the wrong kind is refused here.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="value">A number, or true or false.</param>
    public static ErrorOr<RecognitionSettings> With(RecognitionSettings settings, string name, string value)
    {
        var whole = Node(settings);
        var path = name.Split('.');
        var holder = path[..^1].Aggregate(whole, (node, part) => (JsonObject)node[part]!);
        var kind = holder[path[^1]]!.GetValueKind() is JsonValueKind.Number ? "a number, such as 0.0001 or 1e-4" : "true or false";
        try
        {
            holder[path[^1]] = JsonNode.Parse(value);
            return whole.Deserialize<RecognitionSettings>(Options)!;
        }
        catch (JsonException)
        {
            return Invalid.Field(name, $"'{value}' is not a value of {name}; give {kind}.");
        }
    }

    /// <summary>All members in order, with their values as JSON writes them.</summary>
    public static IEnumerable<(string Name, string Value)> Members(RecognitionSettings settings) => Members(Node(settings), "");

    /// <summary>What is different, for whoever reads later what was changed.</summary>
    public static string Describe(RecognitionSettings before, RecognitionSettings after) => before == after
        ? "as before"
        : string.Join(", ", Members(before).Zip(Members(after))
            .Where(pair => pair.First != pair.Second)
            .Select(pair => $"{pair.First.Name} {pair.First.Value} -> {pair.Second.Value}"));

    private static JsonObject Node(RecognitionSettings settings) => (JsonObject)JsonSerializer.SerializeToNode(settings, Options)!;

    private static void Put(JsonObject whole, JsonObject changes)
    {
        foreach (var (name, change) in changes)
        {
            switch (whole[name])
            {
                case JsonObject inner when change is JsonObject members:
                    Put(inner, members);
                    break;
                case JsonObject:
                    throw new JsonException($"'{name}' is not an object.");
                case JsonValue:
                    whole[name] = change?.DeepClone() ?? throw new JsonException($"'{name}' is null.");
                    break;
            }
        }
    }

    private static IEnumerable<(string Name, string Value)> Members(JsonObject node, string prefix) => node.SelectMany(member =>
        member.Value is JsonObject inner ? Members(inner, $"{prefix}{member.Key}.") : [(prefix + member.Key, member.Value!.ToJsonString())]);
}
