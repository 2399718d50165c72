using FaceId.Domain.Common;
using FaceId.Domain.Users;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace FaceId.Infrastructure.Persistence.Configurations;

internal sealed class StoredSettingConfiguration : IEntityTypeConfiguration<StoredSetting>
{
    public void Configure(EntityTypeBuilder<StoredSetting> builder)
    {
        builder.ToTable("settings");
        builder.HasKey(setting => setting.Name);
        builder.Property(setting => setting.Value).HasColumnType("jsonb");
        builder.HasOne<User>().WithMany().HasForeignKey(setting => setting.UpdatedBy).OnDelete(DeleteBehavior.SetNull);
    }
}
