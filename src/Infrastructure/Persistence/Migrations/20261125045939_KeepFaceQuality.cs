using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace FaceId.Infrastructure.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class KeepFaceQuality : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<float>(
                name: "quality",
                table: "faces",
                type: "real",
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "quality",
                table: "faces");
        }
    }
}
