using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace FaceId.Infrastructure.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class NoteWhoAskedAndWhoEnrolled : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<int>(
                name: "actor_id",
                table: "recognition_logs",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "api_key_id",
                table: "recognition_logs",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "self_enrolled",
                table: "faces",
                type: "boolean",
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "ix_recognition_logs_actor_id",
                table: "recognition_logs",
                column: "actor_id");

            migrationBuilder.CreateIndex(
                name: "ix_recognition_logs_api_key_id",
                table: "recognition_logs",
                column: "api_key_id",
                filter: "api_key_id IS NOT NULL");

            migrationBuilder.AddForeignKey(
                name: "fk_recognition_logs_users_actor_id",
                table: "recognition_logs",
                column: "actor_id",
                principalTable: "users",
                principalColumn: "id",
                onDelete: ReferentialAction.SetNull);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropForeignKey(
                name: "fk_recognition_logs_users_actor_id",
                table: "recognition_logs");

            migrationBuilder.DropIndex(
                name: "ix_recognition_logs_actor_id",
                table: "recognition_logs");

            migrationBuilder.DropIndex(
                name: "ix_recognition_logs_api_key_id",
                table: "recognition_logs");

            migrationBuilder.DropColumn(
                name: "actor_id",
                table: "recognition_logs");

            migrationBuilder.DropColumn(
                name: "api_key_id",
                table: "recognition_logs");

            migrationBuilder.DropColumn(
                name: "self_enrolled",
                table: "faces");
        }
    }
}
