using System;
using System.Numerics;

namespace DeepLabDsl.Cli.Demo;

/// <content>Persons.</content>
internal sealed partial class DemoScene
{
    private static readonly Vector3[] Clothes =
    [
        new(.85f, .20f, .25f), new(.15f, .40f, .80f), new(.95f, .75f, .15f), new(.60f, .25f, .65f), new(.20f, .60f, .50f),
        new(.92f, .92f, .88f),
    ];

    private static readonly Vector3[] Skins = [new(.95f, .78f, .66f), new(.80f, .58f, .42f), new(.48f, .32f, .22f)];

    private Action Walker(float metres, float nearness)
    {
        var scale = PixelsPerMetre(nearness) * Between(1.05f, 1.25f);
        var shirt = Vary(Pick(Clothes), 0.1f);
        var trousers = Vary(_random.NextBool() ? new Vector3(.16f, .19f, .32f) : new Vector3(.30f, .26f, .22f), 0.2f);
        var skin = Pick(Skins);
        var hair = Vary(new Vector3(.22f, .15f, .10f), 0.4f);
        var stride = Between(-0.24f, 0.24f);

        return () =>
        {
            var x = MiddleOf(nearness) + metres * PixelsPerMetre(nearness);
            var y = RowOf(nearness);
            Vector3 Lit(Vector3 color) => Haze(_light.Shine(color), nearness);
            Shadow(x, y, 0.5f * scale, 0.12f * scale);
            var (hip, shoulder) = (y - 0.82f * scale, y - 1.42f * scale);
            Limb(x - 0.07f * scale, hip, x - (0.10f + stride) * scale, y, 0.10f * scale, Lit(trousers * 0.88f));
            Limb(x + 0.07f * scale, hip, x + (0.10f + stride) * scale, y, 0.10f * scale, Lit(trousers));
            Limb(x - 0.2f * scale, shoulder + 0.08f * scale, x - (0.27f - stride * 0.6f) * scale, hip - 0.05f * scale,
                0.07f * scale, Lit(shirt * 0.82f));
            Limb(x + 0.2f * scale, shoulder + 0.08f * scale, x + (0.27f - stride * 0.6f) * scale, hip - 0.05f * scale,
                0.07f * scale, Lit(shirt * 0.9f));
            Limb(x, shoulder + 0.17f * scale, x, hip - 0.08f * scale, 0.20f * scale, Lit(shirt));
            var (head, radius) = (y - 1.62f * scale, 0.15f * scale);
            Limb(x, head, x, head + 0.02f * scale, radius, Lit(skin));
            _canvas.Fill(x - radius, head - radius - 0.03f * scale, x + radius, head - 0.03f * scale, Person, (px, py) =>
            {
                var (dx, dy) = (px - x, py - head);
                return dx * dx + dy * dy < radius * radius * 1.12f;
            }, (_, _) => Lit(hair));
        };
    }

    private void Limb(float x0, float y0, float x1, float y1, float radius, Vector3 color)
    {
        var (ax, ay) = (x1 - x0, y1 - y0);
        var length = Math.Max(1e-6f, ax * ax + ay * ay);
        _canvas.Fill(
            Math.Min(x0, x1) - radius, Math.Min(y0, y1) - radius, Math.Max(x0, x1) + radius, Math.Max(y0, y1) + radius, Person,
            (px, py) =>
            {
                var along = Math.Clamp(((px - x0) * ax + (py - y0) * ay) / length, 0, 1);
                var (dx, dy) = (px - x0 - along * ax, py - y0 - along * ay);
                return dx * dx + dy * dy < radius * radius;
            },
            (px, _) => color * (1 + 0.15f * (px - x0) / radius * _light.SunSide * _light.Directness));
    }
}
