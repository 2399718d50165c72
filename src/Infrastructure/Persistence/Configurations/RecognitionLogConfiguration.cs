using FaceId.Domain.Recognition;
using FaceId.Domain.Users;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace FaceId.Infrastructure.Persistence.Configurations;

/// <summary>The table is partitioned by range of id, which EF cannot say: its first migration creates it in SQL.</summary>
internal sealed class RecognitionLogConfiguration : IEntityTypeConfiguration<RecognitionLog>
{
    public void Configure(EntityTypeBuilder<RecognitionLog> builder)
    {
        builder.ToTable("recognition_logs");

        // A sequence and not an identity column: PostgreSQL before 17 knows none on partitioned tables.
        builder.Property(row => row.Id).HasDefaultValueSql("nextval('recognition_logs_id_seq')");
        builder.HasOne<User>().WithMany().HasForeignKey(row => row.UserId).OnDelete(DeleteBehavior.SetNull);
        builder.HasIndex(row => row.UserId);
        builder.HasOne<User>().WithMany().HasForeignKey(row => row.ActorId).OnDelete(DeleteBehavior.SetNull);
        builder.HasIndex(row => row.ActorId);
        builder.HasIndex(row => row.ApiKeyId).HasFilter("api_key_id IS NOT NULL");
        builder.HasIndex(row => row.Action);
        builder.HasIndex(row => row.CreatedAt);
        builder.Property(row => row.CreatedAt).HasDefaultValueSql("now()").ValueGeneratedNever();
    }
}
