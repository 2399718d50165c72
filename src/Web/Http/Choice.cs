using System.Diagnostics.CodeAnalysis;

namespace FaceId.Web.Http;

/// <summary>One of the names of an enum in a query string, in any case. Numbers, which ASP.NET itself would take, are none.</summary>
internal readonly record struct Choice<TEnum>(TEnum Value) : IParsable<Choice<TEnum>>
    where TEnum : struct, Enum
{
    public static Choice<TEnum> Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out var choice) ? choice : throw new FormatException($"'{s}' is no {typeof(TEnum).Name}.");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out Choice<TEnum> result)
    {
        foreach (var value in Enum.GetValues<TEnum>())
        {
            if (value.ToString().Equals(s, StringComparison.OrdinalIgnoreCase))
            {
                result = new Choice<TEnum>(value);
                return true;
            }
        }

        result = default;
        return false;
    }
}
