using System.Text.Json;
using System.Text.Json.Serialization;
using FaceId.Domain.Recognition;

namespace FaceId.Application.Recognition.Settings;

/// <summary>How settings are written into the database. What a newer or older version of the program knows beside is left out.</summary>
public static class SettingsJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip };

    public static string Write(RecognitionSettings settings) => JsonSerializer.Serialize(settings, Options);

    public static RecognitionSettings Read(string json) => JsonSerializer.Deserialize<RecognitionSettings>(json, Options) ?? new RecognitionSettings();
}
