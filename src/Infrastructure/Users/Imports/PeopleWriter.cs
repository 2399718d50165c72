using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using FaceId.Application.Users.Imports;
using FaceId.Domain.Faces;

namespace FaceId.Infrastructure.Users.Imports;

/// <summary>Writes people as <see cref="RecordsSource"/> reads them: numbers in base64 of what they are in memory, so that no digit is lost.</summary>
public sealed class PeopleWriter(Stream stream, PeopleFormat format)
{
    private const int FlushAt = 256 * 1024;
    private const int HalfSize = 2;
    private const string Header = "email,name,verified,active,createdAt,encoding,model,second,secondModel,template,templateModel,faceCreatedAt";

    private readonly ArrayBufferWriter<byte> _buffer = new(2 * FlushAt);
    private bool _begun;

    public async ValueTask WriteAsync(ExportPeople.Person person, CancellationToken cancellationToken)
    {
        if (format == PeopleFormat.Csv)
        {
            WriteCsv(person);
        }
        else
        {
            WriteJson(person);
        }

        if (_buffer.WrittenCount >= FlushAt)
        {
            await FlushAsync(cancellationToken);
        }
    }

    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        Begin();
        await stream.WriteAsync(_buffer.WrittenMemory, cancellationToken);
        _buffer.ResetWrittenCount();
    }

    private void WriteJson(ExportPeople.Person person)
    {
        using (var json = new Utf8JsonWriter(_buffer))
        {
            json.WriteStartObject();
            json.WriteString("email", person.Email);
            json.WriteString("name", person.Name);
            json.WriteBoolean("verified", person.IsVerified);
            json.WriteBoolean("active", person.IsActive);
            json.WriteString("createdAt", person.CreatedAt);
            json.WriteStartArray("faces");
            foreach (var face in person.Faces)
            {
                json.WriteStartObject();
                json.WriteBase64String("encoding", Bytes(face.Opinions.Dlib));
                json.WriteString("model", face.Opinions.Dlib.Model);
                if (face.Opinions.Second is { } second)
                {
                    json.WriteBase64String("second", Halves(second));
                    json.WriteString("secondModel", second.Model);
                }

                if (face.Opinions.Template is { } template)
                {
                    json.WriteBase64String("template", MemoryMarshal.AsBytes(template.InSteps));
                    json.WriteString("templateModel", FaceModels.Fused);
                }

                json.WriteString("createdAt", face.CreatedAt);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        _buffer.Write("\n"u8);
    }

    /// <summary>A line a face; one without a face for who has none.</summary>
    private void WriteCsv(ExportPeople.Person person)
    {
        Begin();
        var who = string.Create(
            CultureInfo.InvariantCulture, $"{Quoted(person.Email)},{Quoted(person.Name)},{Flag(person.IsVerified)},{Flag(person.IsActive)},{person.CreatedAt.UtcDateTime:O},");
        if (person.Faces.Count == 0)
        {
            Write($"{who},,,,,,\n");
        }

        foreach (var face in person.Faces)
        {
            var (second, template) = (face.Opinions.Second, face.Opinions.Template);
            Write(string.Create(CultureInfo.InvariantCulture, $"{who}{Convert.ToBase64String(Bytes(face.Opinions.Dlib))},{face.Opinions.Dlib.Model},{(second is null ? "" : Convert.ToBase64String(Halves(second)))},{second?.Model},{(template is null ? "" : Convert.ToBase64String(MemoryMarshal.AsBytes(template.InSteps)))},{(template is null ? "" : FaceModels.Fused)},{face.CreatedAt.UtcDateTime:O}\n"));
        }
    }

    private void Begin()
    {
        if (!_begun && format == PeopleFormat.Csv)
        {
            Write(Header + "\n");
        }

        _begun = true;
    }

    private void Write(string text) => Encoding.UTF8.GetBytes(text, _buffer);

    private static string Flag(bool value) => value ? "true" : "false";

    private static string Quoted(string text) => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static byte[] Bytes(FaceVector vector)
    {
        var values = vector.Values.Span;
        var bytes = new byte[values.Length * sizeof(float)];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), values[i]);
        }

        return bytes;
    }

    private static byte[] Halves(FaceVector vector)
    {
        var values = vector.Values.Span;
        var bytes = new byte[values.Length * HalfSize];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteHalfLittleEndian(bytes.AsSpan(i * HalfSize), (Half)values[i]);
        }

        return bytes;
    }
}
