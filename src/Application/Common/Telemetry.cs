using System.Diagnostics;

namespace FaceId.Application.Common;

public static class Telemetry
{
    public static readonly ActivitySource Source = new("FaceId");
}
