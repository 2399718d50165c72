using System.Text.Json;
using System.Text.Json.Serialization;

namespace FaceId.Web.Http;

/// <summary>
/// How JSON is read: exactly. A field that we do not know is a mistake to tell of, not to pass over (somebody meant something by
/// it), one given twice is read differently by different programs, and a number in quotes is a text.
/// </summary>
internal static class JsonRules
{
    // Our own bodies are a few levels deep.
    private const int MaxDepth = 32;

    public static IServiceCollection AddJsonRules(this IServiceCollection services) => services.ConfigureHttpJsonOptions(http =>
    {
        var options = http.SerializerOptions;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.AllowDuplicateProperties = false;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.MaxDepth = MaxDepth;
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
    });
}
