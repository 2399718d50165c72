using FaceId.Domain.Faces;
using FaceId.Domain.Users;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace FaceId.Infrastructure.Persistence.Configurations;

internal sealed class FaceEncodingConfiguration : IEntityTypeConfiguration<FaceEncoding>
{
    public void Configure(EntityTypeBuilder<FaceEncoding> builder)
    {
        builder.ToTable("faces");
        builder.Property(face => face.Id).UseIdentityByDefaultColumn();
        builder.HasOne<User>().WithMany().HasForeignKey(face => face.UserId).OnDelete(DeleteBehavior.Cascade);
        builder.HasIndex(face => face.UserId);

        // Defaults serve rows written by plain SQL; we always write every column.
        builder.Property(face => face.Model).HasDefaultValue(FaceModels.Dlib).ValueGeneratedNever();
        builder.Property(face => face.CreatedAt).HasDefaultValueSql("now()").ValueGeneratedNever();
        builder.Property(face => face.UpdatedAt).HasDefaultValueSql("now()").ValueGeneratedNever();
    }
}
