using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace FaceId.Infrastructure.Persistence;

/// <summary>Lets <c>dotnet ef migrations add</c> read the model; it never connects.</summary>
internal sealed class DesignTimeFactory : IDesignTimeDbContextFactory<FaceIdDb>
{
    public FaceIdDb CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<FaceIdDb>().UseFaceIdPostgres("Host=design-time").Options);
}
