using System.Text;
using System.Text.Json;
using ErrorOr;
using FaceId.Application.Users.Imports;
using FaceId.Domain.Faces;

namespace FaceId.Infrastructure.Users.Imports;

/// <summary>
/// A person as a JSON object: <c>email</c>, <c>name</c>, <c>externalId</c>, <c>verified</c>, <c>active</c>, <c>createdAt</c>, and their
/// faces as <c>encoding</c> (one), <c>encodings</c> (a list), or <c>faces</c>, objects as FaceId exports them. Other fields are passed over.
/// </summary>
internal static class PersonJson
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 8 };

    public static ErrorOr<ImportedPerson> Parse(ReadOnlySpan<byte> json)
    {
        var form = new PersonForm();
        try
        {
            var reader = new Utf8JsonReader(json, Options);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return NotJson("it is no object");
            }

            Read(ref reader, ref form);
            return reader.Read() ? NotJson("more follows after the object") : form.ToPerson();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return NotJson("it is damaged");
        }
    }

    /// <summary>The numbers of one face, in any of the forms that they are taken in; the reader stands on them, and afterwards on their end.</summary>
    public static ErrorOr<float[]> ReadVector(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return reader.ValueIsEscaped ? VectorText.Parse(Encoding.UTF8.GetBytes(reader.GetString()!)) : VectorText.Parse(reader.ValueSpan);
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return Error.Validation("unreadable_encoding", "An encoding is a text or a list of numbers.");
        }

        var numbers = new float[FaceModels.DlibLength];
        var count = 0;
        Error? wrong = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number)
            {
                wrong ??= reader.TokenType is JsonTokenType.Null or JsonTokenType.String
                    ? FaceEncodingErrors.NotFinite
                    : Error.Validation("unreadable_encoding", "An encoding is a text or a list of numbers.");
                reader.Skip();
                continue;
            }

            if (count < numbers.Length)
            {
                numbers[count] = (float)reader.GetDouble();
            }

            count++;
        }

        return wrong is { } error ? error : count == numbers.Length ? numbers : FaceEncodingErrors.WrongLength(count);
    }

    private static Error NotJson(string why) => Error.Validation("not_json", $"The line is no JSON object of a person: {why}. NaN and Infinity are no JSON either.");

    private static void Read(ref Utf8JsonReader reader, ref PersonForm form)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("email"u8))
            {
                form.Email = Text(ref reader, ref form);
            }
            else if (reader.ValueTextEquals("name"u8))
            {
                form.Name = Text(ref reader, ref form);
            }
            else if (reader.ValueTextEquals("externalId"u8) || reader.ValueTextEquals("external_id"u8))
            {
                form.ExternalId = Text(ref reader, ref form);
            }
            else if (reader.ValueTextEquals("verified"u8))
            {
                form.IsVerified = Flag(ref reader, ref form) ?? false;
            }
            else if (reader.ValueTextEquals("active"u8))
            {
                form.IsActive = Flag(ref reader, ref form);
            }
            else if (reader.ValueTextEquals("createdAt"u8))
            {
                form.CreatedAt = Time(ref reader, ref form);
            }
            else if (reader.ValueTextEquals("encoding"u8))
            {
                reader.Read();
                if (reader.TokenType != JsonTokenType.Null)
                {
                    form.Add(ReadVector(ref reader));
                }
            }
            else if (reader.ValueTextEquals("encodings"u8))
            {
                ReadList(ref reader, ref form, ofObjects: false);
            }
            else if (reader.ValueTextEquals("faces"u8))
            {
                ReadList(ref reader, ref form, ofObjects: true);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static void ReadList(ref Utf8JsonReader reader, ref PersonForm form, bool ofObjects)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            form.Refuse(Wrong("faces and encodings are lists"));
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (!ofObjects)
            {
                form.Add(ReadVector(ref reader));
            }
            else if (reader.TokenType == JsonTokenType.StartObject)
            {
                ReadFace(ref reader, ref form);
            }
            else
            {
                form.Refuse(Wrong("faces are objects"));
                reader.Skip();
            }
        }
    }

    private static void ReadFace(ref Utf8JsonReader reader, ref PersonForm form)
    {
        ErrorOr<float[]> numbers = Wrong("a face has an encoding");
        var extras = default(FaceExtras);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("encoding"u8))
            {
                reader.Read();
                numbers = ReadVector(ref reader);
            }
            else if (reader.ValueTextEquals("model"u8))
            {
                extras.Model = Text(ref reader, ref form);
            }
            else if (reader.ValueTextEquals("second"u8))
            {
                extras.Second = Bytes(ref reader, ref form);
            }
            else if (reader.ValueTextEquals("secondModel"u8))
            {
                extras.SecondModel = Text(ref reader, ref form);
            }
            else if (reader.ValueTextEquals("template"u8))
            {
                extras.Template = Bytes(ref reader, ref form);
            }
            else if (reader.ValueTextEquals("templateModel"u8))
            {
                extras.TemplateModel = Text(ref reader, ref form);
            }
            else if (reader.ValueTextEquals("createdAt"u8))
            {
                extras.CreatedAt = Time(ref reader, ref form);
            }
            else
            {
                reader.Skip();
            }
        }

        form.Add(numbers, extras);
    }

    private static string? Text(ref Utf8JsonReader reader, ref PersonForm form)
    {
        reader.Read();
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                return reader.GetString();
            case JsonTokenType.Null:
                return null;
            case JsonTokenType.Number:
                // Ids are often numbers.
                return Encoding.UTF8.GetString(reader.ValueSpan);
            default:
                form.Refuse(Wrong("email, name and externalId are texts"));
                reader.Skip();
                return null;
        }
    }

    private static byte[]? Bytes(ref Utf8JsonReader reader, ref PersonForm form) =>
        Text(ref reader, ref form) is { } text ? Encoding.UTF8.GetBytes(text) : null;

    private static bool? Flag(ref Utf8JsonReader reader, ref PersonForm form)
    {
        reader.Read();
        if (reader.TokenType is JsonTokenType.True or JsonTokenType.False)
        {
            return reader.GetBoolean();
        }

        if (reader.TokenType != JsonTokenType.Null)
        {
            form.Refuse(Wrong("verified and active are true or false"));
            reader.Skip();
        }

        return null;
    }

    private static DateTimeOffset? Time(ref Utf8JsonReader reader, ref PersonForm form)
    {
        if (Text(ref reader, ref form) is not { } text)
        {
            return null;
        }

        if (PersonForm.TryTime(text, out var time))
        {
            return time;
        }

        form.Refuse(Wrong("a time is written like 2026-11-25T09:30:00Z"));
        return null;
    }

    private static Error Wrong(string sentence) => Error.Validation("not_json", $"The entry is no person: {sentence}.");
}
