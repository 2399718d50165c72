using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace FaceId.Infrastructure.Persistence;

/// <summary>Stores an enum as its name in lower case, as other programs on this database expect it.</summary>
internal sealed class LowerCaseEnum<TEnum>() : ValueConverter<TEnum, string>(value => Write(value), text => Read(text))
    where TEnum : struct, Enum
{
    public static string Write(TEnum value) => value.ToString().ToLowerInvariant();

    private static TEnum Read(string text) => Enum.Parse<TEnum>(text, ignoreCase: true);
}
