using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace FaceId.Infrastructure.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class KeepImagesAndImport : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<byte[]>(
                name: "image_key",
                table: "faces",
                type: "bytea",
                nullable: true);

            // How far each import has come that is not done. Which source it is, is a hash of what it holds.
            migrationBuilder.Sql("""
                CREATE TABLE imports (
                    source varchar CONSTRAINT pk_imports PRIMARY KEY,
                    done bigint NOT NULL,
                    updated_at timestamptz NOT NULL DEFAULT now());
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("DROP TABLE imports;");

            migrationBuilder.DropColumn(
                name: "image_key",
                table: "faces");
        }
    }
}
