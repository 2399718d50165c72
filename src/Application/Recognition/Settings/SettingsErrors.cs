using ErrorOr;

namespace FaceId.Application.Recognition.Settings;

public static class SettingsErrors
{
    public static readonly Error Changed = Error.Conflict(
        "settings_changed", "Somebody changed the settings since the version that you give. Read them with GET /api/v1/settings and decide again.");
}
