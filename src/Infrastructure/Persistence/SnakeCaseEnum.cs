using System.Text.Json;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace FaceId.Infrastructure.Persistence;

/// <summary>Stores an enum as its name in snake_case, as other programs on this database expect it.</summary>
internal sealed class SnakeCaseEnum<TEnum>() : ValueConverter<TEnum, string>(value => Write(value), text => Read(text))
    where TEnum : struct, Enum
{
    internal static string Write(TEnum value) => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    internal static TEnum Read(string text) => Enum.Parse<TEnum>(text.Replace("_", "", StringComparison.Ordinal), ignoreCase: true);
}
