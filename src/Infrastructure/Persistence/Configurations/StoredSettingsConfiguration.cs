using FaceId.Domain.Recognition;
using FaceId.Domain.Users;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace FaceId.Infrastructure.Persistence.Configurations;

internal sealed class StoredSettingsConfiguration : IEntityTypeConfiguration<StoredSettings>
{
    public void Configure(EntityTypeBuilder<StoredSettings> builder)
    {
        builder.ToTable("settings");
        builder.HasKey(settings => settings.Name);
        builder.Property(settings => settings.Value).HasColumnType("jsonb");
        builder.HasOne<User>().WithMany().HasForeignKey(settings => settings.UpdatedBy).OnDelete(DeleteBehavior.SetNull);
    }
}
