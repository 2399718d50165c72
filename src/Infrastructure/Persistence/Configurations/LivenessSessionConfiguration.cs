using FaceId.Domain.Recognition.Liveness;
using FaceId.Domain.Users;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace FaceId.Infrastructure.Persistence.Configurations;

/// <summary>Goes with whom it is about and with who began it.</summary>
internal sealed class LivenessSessionConfiguration : IEntityTypeConfiguration<LivenessSession>
{
    public void Configure(EntityTypeBuilder<LivenessSession> builder)
    {
        builder.ToTable("liveness_sessions");
        builder.Property(session => session.Id).ValueGeneratedNever();
        builder.HasOne<User>().WithMany().HasForeignKey(session => session.UserId).OnDelete(DeleteBehavior.Cascade);
        builder.HasOne<User>().WithMany().HasForeignKey(session => session.ActorId).OnDelete(DeleteBehavior.Cascade);
        builder.HasOne<ApiKey>().WithMany().HasForeignKey(session => session.ApiKeyId).OnDelete(DeleteBehavior.Cascade);
        builder.HasIndex(session => session.ExpiresAt);
    }
}
