using FaceId.Domain.Users;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace FaceId.Infrastructure.Persistence.Configurations;

internal sealed class UserConfiguration : IEntityTypeConfiguration<User>
{
    public void Configure(EntityTypeBuilder<User> builder)
    {
        builder.ToTable("users");
        builder.Property(user => user.Id).UseIdentityByDefaultColumn();
        builder.HasIndex(user => user.Email).IsUnique();

        // Defaults serve rows written by plain SQL; we always write every column.
        builder.Property(user => user.IsActive).HasDefaultValue(true).ValueGeneratedNever();
        builder.Property(user => user.IsVerified).HasDefaultValue(false).ValueGeneratedNever();
        builder.Property(user => user.MfaEnabled).HasDefaultValue(false).ValueGeneratedNever();
        builder.Property(user => user.MfaSetupRequired).HasDefaultValue(false).ValueGeneratedNever();
        builder.Property(user => user.Role).HasDefaultValue(Role.User).ValueGeneratedNever();
        builder.Property(user => user.CreatedAt).HasDefaultValueSql("now()").ValueGeneratedNever();
        builder.Property(user => user.UpdatedAt).HasDefaultValueSql("now()").ValueGeneratedNever();
        builder.Ignore(user => user.IsActiveAdmin);
    }
}
