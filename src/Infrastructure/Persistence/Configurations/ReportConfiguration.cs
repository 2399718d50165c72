using FaceId.Domain.Reports;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace FaceId.Infrastructure.Persistence.Configurations;

internal sealed class ReportConfiguration : IEntityTypeConfiguration<Report>
{
    public void Configure(EntityTypeBuilder<Report> builder)
    {
        builder.ToTable("reports");
        builder.Property(report => report.Id).UseIdentityByDefaultColumn();
        builder.Property(report => report.Content).HasColumnType("text");
        builder.Property(report => report.CreatedAt).HasDefaultValueSql("now()").ValueGeneratedNever();
        builder.HasIndex(report => report.ReportType);
        builder.HasIndex(report => report.CreatedAt);

        // Rows of other programs have no period; nulls do not collide.
        builder.HasIndex(report => new { report.ReportType, report.PeriodStart }).IsUnique();
    }
}
