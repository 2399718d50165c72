using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using FaceId.Application.Recognition.Liveness;
using FaceId.Domain.Faces;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Security;

namespace FaceId.Infrastructure.Recognition;

/// <summary>Seals a session's memory as JSON in a <see cref="SealedEnvelope"/> that belongs to the session's id.</summary>
internal sealed class LivenessVault(MasterKeys masterKeys) : ILivenessVault, IDisposable
{
    private static readonly JsonSerializerOptions Json = new() { Converters = { new TemplateConverter() } };

    private readonly SealedEnvelope _envelope = new(masterKeys, SealedData.Liveness);

    public byte[] Seal(LivenessRun run, Guid session)
    {
        var plain = JsonSerializer.SerializeToUtf8Bytes(run, Json);
        var envelope = _envelope.Seal(plain, Owner(session));
        CryptographicOperations.ZeroMemory(plain);
        return envelope;
    }

    public LivenessRun Open(byte[] stored, Guid session)
    {
        var plain = _envelope.Open(stored, Owner(session));
        try
        {
            return JsonSerializer.Deserialize<LivenessRun>(plain, Json)!;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    public void Dispose() => _envelope.Dispose();

    private static byte[] Owner(Guid session) => Encoding.UTF8.GetBytes(session.ToString());

    private sealed class TemplateConverter : JsonConverter<FaceTemplate>
    {
        public override FaceTemplate Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            new(MemoryMarshal.Cast<byte, sbyte>(reader.GetBytesFromBase64()));

        public override void Write(Utf8JsonWriter writer, FaceTemplate value, JsonSerializerOptions options) =>
            writer.WriteBase64StringValue(MemoryMarshal.AsBytes(value.InSteps));
    }
}
