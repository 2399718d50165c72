namespace FaceId.Domain.Reports;

public enum ReportType
{
    Daily,
    Weekly,
    Monthly,
}

/// <summary>A finished report over one period.</summary>
public sealed class Report
{
    private Report(string title, ReportType reportType, DateTimeOffset createdAt)
    {
        Title = title;
        ReportType = reportType;
        CreatedAt = createdAt;
    }

    public int Id { get; private set; }

    public string Title { get; private set; }

    public ReportType ReportType { get; private set; }

    public string? Content { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public DateTimeOffset? PeriodStart { get; private set; }

    public DateTimeOffset? PeriodEnd { get; private set; }
}
