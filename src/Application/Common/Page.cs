using System.Buffers.Text;
using System.Globalization;
using System.Text;
using FluentValidation;

namespace FaceId.Application.Common;

/// <param name="NextCursor">Give it back as <c>cursor</c> to read on; null on the last page.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? NextCursor);

/// <summary>Where a page ended: the key of its last row. Opaque to callers.</summary>
public readonly record struct Cursor(long Id, DateTimeOffset Time = default)
{
    public static bool TryParse(string? text, out Cursor cursor)
    {
        cursor = default;
        if (text is null || text.Length > 64 || !Base64Url.IsValid(text))
        {
            return false;
        }

        var parts = Encoding.ASCII.GetString(Base64Url.DecodeFromChars(text)).Split('.');
        if (parts.Length != 2
            || !long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            || !long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
            || ticks > DateTimeOffset.MaxValue.Ticks)
        {
            return false;
        }

        cursor = new Cursor(id, new DateTimeOffset(ticks, TimeSpan.Zero));
        return true;
    }

    public override string ToString() =>
        Base64Url.EncodeToString(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Id}.{Time.UtcTicks}")));
}

/// <summary>A request for one page of a list.</summary>
public interface IPagedQuery
{
    int Limit { get; }

    string? Cursor { get; }
}

/// <summary>A query for what happened in a period.</summary>
public interface IPeriodQuery
{
    /// <summary>First moment that counts.</summary>
    DateTimeOffset? From { get; }

    /// <summary>First moment that no longer counts.</summary>
    DateTimeOffset? To { get; }
}

public static class Paging
{
    public const int DefaultLimit = 50;
    public const int MaxLimit = 500;

    /// <summary>Makes a page of <paramref name="limit"/> rows from a query that asked for one row more.</summary>
    public static Page<T> ToPage<T>(this List<T> rows, int limit, Func<T, Cursor> cursor) =>
        rows.Count > limit
            ? new Page<T>(rows[..limit], cursor(rows[limit - 1]).ToString())
            : new Page<T>(rows, NextCursor: null);

    /// <summary>The rules every paged query shares.</summary>
    public static void AddPagingRules<T>(this AbstractValidator<T> validator)
        where T : IPagedQuery
    {
        validator.RuleFor(query => query.Limit).InclusiveBetween(1, MaxLimit)
            .WithMessage($"Ask for 1 to {MaxLimit} items.");
        validator.RuleFor(query => query.Cursor).Must(cursor => cursor is null || Common.Cursor.TryParse(cursor, out _))
            .WithMessage("Give the nextCursor of the page before, unchanged, or none for the first page.");
    }

    public static void AddPeriodRules<T>(this AbstractValidator<T> validator)
        where T : IPeriodQuery =>
        validator.RuleFor(query => query.To).GreaterThan(query => query.From)
            .When(query => query.From is not null && query.To is not null)
            .WithMessage("Give a 'to' later than 'from'.");

    /// <summary>The cursor of a validated query; null for the first page.</summary>
    public static Cursor? After(this IPagedQuery query) =>
        Common.Cursor.TryParse(query.Cursor, out var cursor) ? cursor : null;
}
